import type { Random } from '../../support/simulation/random.js'
import type { WorldSettings } from '../settings.js'
import type { Tab } from '../tab.js'
import type { World } from '../world.js'

/** A fault that has been injected. */
export interface Injected {
  /** What exactly, for the report. */
  readonly detail?: string
  /** When it began, where that took some time. */
  readonly at?: number
  /** The tab that it befell, where it was one alone. */
  readonly victim?: Tab | undefined
  /** ms until it is healed; 0 where there is nothing to heal. */
  readonly lasts: number
  heal?(): unknown
}

/** One line of the table of faults. */
export interface Kind {
  readonly name: string
  /** Where it makes sense. Default: everywhere. Decided by the settings alone, so that a seed reproduces its schedule. */
  fits?(settings: WorldSettings): boolean
  /** It loads a page, for which the way must be free: never together with another fault. */
  readonly alone?: true
  /** What it takes away and gives back: never together with another fault that does so with the same. */
  readonly takes?: 'line' | 'server' | 'Redis'
  /** How often it is drawn, against 1 of most others. */
  readonly weight?: number
  /** Undefined: it could not be done to this world now, and is not counted. */
  inject(world: World, random: Random): Injected | undefined | Promise<Injected | undefined>
}
