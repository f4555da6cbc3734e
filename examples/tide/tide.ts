// What the four pages and their server say to each other, and what the pages share beside it.

import './tide.css'

export interface Note {
  number: number
  text: string
  time: string
}

/** What the page hears. */
export type Events = {
  level: { metres: number; rising: boolean }
  /** The newest eight. */
  notes: Note[]
}

/** What the page says: `hello` when it comes, to be told the notes that there are. */
export type Sends = { hello: undefined; note: string }

/** How many levels the curve shows. */
export const shown = 60

/** The points of the curve, in a box of 60 by 60. */
export const points = (levels: readonly number[]): string =>
  levels.map((metres, index) => `${index},${(60 - metres * 10).toFixed(1)}`).join(' ')

export const clock = (time: string): string =>
  new Date(time).toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' })
