import { createApp } from 'vue'
import TidePage from './tide-page.vue'

createApp(TidePage).mount('#page')
