import { sharing } from './sharing.js'

sharing('firefox')
