import { flushSync, mount, unmount } from 'svelte'
import { writable } from 'svelte/store'
import AnyPage from '../../bindings/pages/any-page.svelte'
import { describeBinding } from './scenarios.js'

describeBinding('Svelte', (target, first) => {
  const given = writable(first)
  const page = mount(AnyPage, { target, props: { given } })
  flushSync()
  return { change: (next) => given.set(next), unmount: () => void unmount(page) }
})
