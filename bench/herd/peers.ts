import type { Policy } from './simulate.js'

/** A peer as it is by default, and where that stands. */
export interface Peer extends Policy {
  readonly source: string
}

/** Only socket.io and centrifuge draw lots: with the others who lost the server together comes back together, every time. */
export function peers(random: () => number): readonly Peer[] {
  return [
    {
      name: 'socket.io',
      source:
        'socket.io-client 4.8.4: `reconnectionDelay` 1000, `reconnectionDelayMax` 5000, `randomizationFactor` 0.5 (manager.js, contrib/backo2.js)',
      connects: 1,
      delay: (_, failures) => Math.min(5_000, 1_000 * 2 ** failures * (0.5 + random())),
    },
    {
      name: 'SignalR',
      source:
        '@microsoft/signalr 10.0.11, `withAutomaticReconnect()`: 0, 2, 10 and 30 s, then it gives up (DefaultReconnectPolicy.js). Without that call it does not reconnect at all',
      connects: 1,
      delay: (_, failures) => [0, 2_000, 10_000, 30_000][failures],
    },
    {
      name: 'Phoenix',
      source:
        'phoenix 1.8.16: `reconnectAfterMs` 10, 50, 100, 150, 200, 250, 500, 1000, 2000, then 5000 (assets/js/phoenix/socket.js)',
      connects: 1,
      delay: (_, failures) => [10, 50, 100, 150, 200, 250, 500, 1_000, 2_000][failures] ?? 5_000,
    },
    {
      name: 'centrifuge',
      source:
        'centrifuge 5.8.0: `minReconnectDelay` 500 and a random part of an exponentially growing time, at most `maxReconnectDelay` 20000 (index.js, `backoff`)',
      connects: 1,
      delay: (_, failures) => Math.min(20_000, 500 + random() * Math.min(20_000, 500 * 2 ** failures)),
    },
    {
      name: 'EventSource, Chromium',
      source: 'Blink, modules/eventsource/event_source.cc: `kDefaultReconnectDelay` 3000; seen so in Chromium 156',
      connects: 1,
      delay: () => 3_000,
    },
    {
      name: 'EventSource, Firefox',
      source: 'Gecko, dom/base/EventSource.cpp: `DEFAULT_RECONNECTION_TIME_VALUE` 5000; seen so in Firefox 153',
      connects: 1,
      delay: () => 5_000,
    },
  ]
}
