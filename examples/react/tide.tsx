import type { Connection } from 'holdfast'
import { useConnection, useConnectionState, useEvent, useLatestEvent } from 'holdfast/react'
import { useActionState, useEffect, useState } from 'react'
import { clock, type Events, points, type Sends, shown } from '../tide/tide.js'

type Live = Connection<Events, Sends> | undefined

export function Tide() {
  const live: Live = useConnection<Events, Sends>('/live')
  useEffect(() => {
    // Fails only where the page has closed the connection meanwhile.
    live?.send('hello').catch(() => {})
  }, [live])
  return (
    <main>
      <header>
        <h1>Tide</h1>
        <State live={live} />
      </header>
      <Level live={live} />
      <Notes live={live} />
    </main>
  )
}

function State({ live }: { live: Live }) {
  const { status, transport } = useConnectionState(live)
  return (
    <p id="state" role="status" data-status={status}>
      {transport ? `${status} over ${transport}` : status}
    </p>
  )
}

function Level({ live }: { live: Live }) {
  const latest = useLatestEvent(live, 'level')?.data
  const [levels, setLevels] = useState<number[]>([])
  useEvent(live, 'level', ({ data }) => setLevels((before) => [...before, data.metres].slice(-shown)))
  return (
    <section aria-labelledby="gauge">
      <h2 id="gauge">At the gauge</h2>
      <p id="level">
        {latest ? `${latest.metres.toFixed(2)} m` : '…'}{' '}
        <small>{latest && (latest.rising ? 'rising' : 'falling')}</small>
      </p>
      <svg viewBox="0 0 60 60" preserveAspectRatio="none" aria-hidden="true">
        <polyline points={points(levels)} />
      </svg>
    </section>
  )
}

function Notes({ live }: { live: Live }) {
  const notes = useLatestEvent(live, 'notes')?.data
  const [problem, leave, pending] = useActionState(async (_before: string, form: FormData) => {
    try {
      // Resolves when the server has it, also across a reconnect.
      await live?.send('note', String(form.get('text')))
      return ''
    } catch (error) {
      return String(error)
    }
  }, '')
  return (
    <section aria-labelledby="notes">
      <h2 id="notes">Notes of visitors</h2>
      <ul aria-live="polite">
        {notes?.map(({ number, text, time }) => (
          <li key={number}>
            {text} <time dateTime={time}>{clock(time)}</time>
          </li>
        ))}
      </ul>
      <form action={leave}>
        <label htmlFor="text">What do you see?</label>
        <input id="text" name="text" maxLength={200} autoComplete="off" required />
        <button type="submit" disabled={pending}>
          Leave a note
        </button>
      </form>
      {problem && <p role="alert">{problem}</p>}
    </section>
  )
}
