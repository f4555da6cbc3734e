import type { History, HistoryEntry, HistoryItem, HistoryListener } from '../history.js'
import type { Ledger } from '../ledger.js'
import { randomText } from '../random.js'
import { decodeAnnouncement, encodeAnnouncement } from './announcements.js'
import { connectionsOf } from './client.js'
import { Commands } from './commands.js'
import { historyEntry, keysOf, type Place, placeOf, positionOf, readEntries, readPlace } from './entries.js'
import { Known } from './known.js'
import { RedisLedger } from './ledger.js'
import { Link } from './link.js'
import { type RedisHistoryOptions, readOptions } from './options.js'
import { Outage } from './outage.js'
import { Reader } from './reader.js'
import { headScript, readScript } from './scripts.js'
import { Writer } from './writer.js'

/** A history that several processes share, with the ledger of their sends. */
export interface RedisHistory extends History {
  readonly ledger: Ledger
  close(): Promise<void>
}

/**
 * A history in a stream of Redis (7.0 or later), which outlives this process and is shared by all hubs that name it. It holds three
 * connections to Redis, whatever the number of clients.
 *
 * @throws {TypeError} for an option that cannot be
 */
export function redisHistory(options: RedisHistoryOptions): RedisHistory {
  const settings = readOptions(options)
  const keys = keysOf(settings.name)
  const process = randomText(12)
  const make = connectionsOf(options, settings.timeout)
  // Half the time, so that what gets no answer can be tried once more on another connection.
  const patience = settings.timeout / 2

  let listener: HistoryListener | undefined
  const outage = new Outage((error) => listener?.error(error))
  const announced = (message: string) => {
    try {
      listener?.entries([{ id: undefined, ...decodeAnnouncement(message) }])
    } catch (error) {
      listener?.error(error)
    }
  }
  let known: Known | undefined
  const link = new Link({
    make,
    patience,
    outage,
    // Before anything is stored there.
    prepare: async (connection) => known?.check((command) => connection.sendCommand(command)),
  })
  const reading = new Link({ make, patience, outage })
  const hearing = new Link({
    make,
    patience,
    outage,
    prepare: (connection) => connection.subscribe(keys.announced, announced),
  })
  const commands = new Commands(link, outage, settings.timeout)

  const confirm = (place: Place) => known?.confirm(place)
  const writer = new Writer(commands, keys, process, settings, confirm)
  const ledger = new RedisLedger(commands, keys, process, settings, confirm, () => known?.read.generation ?? '')
  const head = async () =>
    readPlace(await commands.run('position', headScript, [keys.events, keys.head], [randomText(12)]))
  let reader: Promise<void> | undefined

  return {
    remote: true,
    ledger,

    async open(given) {
      listener = given
      hearing.start()
      reading.start()
      const place = await head()
      writer.generation = place.generation
      known = new Known(keys, place)
      // Nothing else would tell that a connection that only hears is broken.
      const beat = () => {
        if (hearing.isReady) hearing.send(['PING']).catch(() => {})
      }
      reader = new Reader({ link: reading, events: keys.events, listener: given, known, beat }).run()
      return positionOf(place)
    },

    append: (item) => writer.append(item),

    async announce(item: HistoryItem) {
      await commands.announce(keys.announced, encodeAnnouncement(item))
    },

    async read(after, limit): Promise<readonly HistoryEntry[] | 'unknown'> {
      const place = placeOf(after)
      if (place === undefined) return 'unknown'
      const { generation } = place
      const args = [generation, place.id, `${limit}`]
      const reply = await commands.run('read', readScript, [keys.events, keys.head], args)
      if (reply === null) return 'unknown'
      return readEntries(reply).flatMap((entry) =>
        entry.generation === undefined ? [historyEntry({ generation, id: entry.id }, entry.item)] : [],
      )
    },

    position: async () => positionOf(await head()),

    async close() {
      listener = undefined
      reading.close()
      hearing.close()
      await writer.close()
      await ledger.close()
      link.close()
      await reader
    },
  }
}
