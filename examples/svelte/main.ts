import { mount } from 'svelte'
import Tide from './tide.svelte'

mount(Tide, { target: document.querySelector('#page') as HTMLElement })
