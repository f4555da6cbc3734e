// Nothing of Holdfast knows RxJS: an async iterator and a function that stops are all that it needs.

import { type ConnectionState, connect } from 'holdfast'
import { EMPTY, exhaustMap, from, fromEvent, Observable, of, scan, share, startWith } from 'rxjs'
import { catchError, filter, map } from 'rxjs/operators'
import { clock, type Events, type Note, points, type Sends, shown } from '../tide/tide.js'

const live = connect<Events, Sends>('/live')
const find = <Found extends Element>(selector: string) => document.querySelector(selector) as Found

/** Lazily, and for as long as somebody has subscribed: over `on`, which returns what stops it. */
const level$ = new Observable<Events['level']>((subscriber) =>
  live.on('level', ({ data }) => subscriber.next(data)),
).pipe(share())

level$.subscribe(({ metres, rising }) => {
  const trend = document.createElement('small')
  trend.textContent = rising ? 'rising' : 'falling'
  find('#level').replaceChildren(`${metres.toFixed(2)} m `, trend)
})

level$
  .pipe(scan((levels: number[], { metres }) => [...levels, metres].slice(-shown), []))
  .subscribe((levels) => find('polyline').setAttribute('points', points(levels)))

/** Everything in its order, gaps too, and an end when the connection ends: over the async iterator. */
from(live.events('notes'))
  .pipe(
    filter((item) => item.type === 'notes'),
    map(({ data }) => data.map(lineOf)),
  )
  .subscribe((lines) => find('ul').replaceChildren(...lines))

new Observable<ConnectionState>((subscriber) => live.onStateChange((state) => subscriber.next(state)))
  .pipe(startWith(live.state))
  .subscribe(({ status, transport }) => {
    const state = find<HTMLElement>('#state')
    state.textContent = transport ? `${status} over ${transport}` : status
    state.dataset.status = status
  })

/** One note at a time: what is submitted meanwhile is ignored. */
fromEvent(find<HTMLFormElement>('form'), 'submit')
  .pipe(
    exhaustMap((event) => {
      event.preventDefault()
      const form = event.target as HTMLFormElement
      // Resolves when the server has it, also across a reconnect.
      const sent = live.send('note', find<HTMLInputElement>('#text').value).then(() => form.reset())
      return from(sent).pipe(
        map(() => ''),
        catchError((error) => of(String(error))),
      )
    }),
  )
  .subscribe((problem) => {
    find('[role=alert]').textContent = problem
  })

// Fails only where the page has closed the connection meanwhile.
from(live.send('hello'))
  .pipe(catchError(() => EMPTY))
  .subscribe()

function lineOf({ text, time }: Note): HTMLLIElement {
  const [line, when] = [document.createElement('li'), document.createElement('time')]
  when.dateTime = time
  when.textContent = clock(time)
  line.append(`${text} `, when)
  return line
}
