import { sharing } from './sharing.js'

sharing('webkit')
