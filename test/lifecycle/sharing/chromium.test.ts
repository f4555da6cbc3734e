import { sharing } from './sharing.js'

sharing('chromium')
