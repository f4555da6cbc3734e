// Everybody who has the page open votes, and sees the same figures.

import { connect } from 'holdfast'

type Choice = 'tea' | 'coffee'
type Votes = Record<Choice, number>

const live = connect<{ votes: Votes }>('/live')

function show(votes: Votes): void {
  for (const button of buttons) {
    const output = button.querySelector('output')
    if (output) output.textContent = String(votes[button.dataset.choice === 'tea' ? 'tea' : 'coffee'])
  }
}

const buttons = document.querySelectorAll<HTMLButtonElement>('button[data-choice]')
for (const button of buttons) {
  button.addEventListener('click', async () => {
    button.disabled = true
    // Resolves when the server has the vote, also across a reconnect; rejects where it is not known whether it has it.
    await live.send('vote', button.dataset.choice).catch((error: Error) => say(error.message))
    button.disabled = false
  })
}

live.on('votes', ({ data }) => show(data))
live.onStateChange(({ status, transport }) => say(transport ? `${status} over ${transport}` : status))

function say(text: string): void {
  const state = document.querySelector('#state')
  if (state) state.textContent = text
}

// What was counted before this page came.
await live.opened
await live.send('hello')
