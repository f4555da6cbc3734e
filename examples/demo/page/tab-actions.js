// What may happen to a tab: buttons that open one more, let this one stand still, and hang it for good.

import { byId } from './element.js'

const standstill = 5_000

export const tabActions = [
  {
    label: 'Open another tab',
    why: 'The same page once more: it follows, and costs the server no connection. Open several.',
    // Without an opener it gets a process of its own, where the browser has one: or all would stand still with one.
    run: async () => open(location.href, '_blank', 'noopener'),
  },
  {
    label: 'Block this tab for 5 s',
    why: 'A busy loop. If this tab leads, another takes over after 2.9 s; this one comes back as a follower, and has missed nothing.',
    async run() {
      await painted()
      const end = performance.now() + standstill
      while (performance.now() < end);
    },
  },
  {
    label: 'Crash this tab …',
    why: 'An endless loop: the tab hangs until the browser offers to end it, or you close it. Another takes over.',
    async run() {
      if (!(await isConfirmed(byId('crash')))) return
      await painted()
      for (;;);
    },
  },
]

/** @param {HTMLDialogElement} dialog `confirm()` would stop the page, and cost it the lead, before anybody has decided */
function isConfirmed(dialog) {
  const [yes, no] = dialog.querySelectorAll('button')
  return new Promise((resolve) => {
    yes.onclick = () => {
      // Not by `close`, which waits for a frame to be drawn: a tab that is left at once draws none.
      resolve(true)
      dialog.close()
    }
    no.onclick = () => dialog.close()
    dialog.onclose = () => resolve(false)
    dialog.showModal()
  })
}

/** The button is seen to be busy before nothing can be drawn any more. */
function painted() {
  return new Promise((resolve) => setTimeout(resolve, 100))
}
