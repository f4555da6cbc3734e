const client = 'It binds the client, and the suite talks to servers.'

/** Sentences of PROTOCOL.md with a MUST or a SHOULD that no check can see from outside a server. */
export const unobservable: readonly { readonly sentence: string; readonly why: string }[] = [
  {
    sentence: 'The words MUST, SHOULD and MAY are used as in RFC 2119.',
    why: 'It says what the words mean.',
  },
  { sentence: 'Tokens MUST NOT be put into the query.', why: client },
  {
    sentence: 'A client MUST discard all that it hears between sending a hello and the `ready` with its number.',
    why: client,
  },
  {
    sentence:
      'A client that hears anything else first, or nothing, MUST treat the server as one that does not speak Holdfast.',
    why: client,
  },
  { sentence: 'and the client MUST tell its page before the next event.', why: client },
  {
    sentence:
      'The client MUST then reject what it had transmitted and not had an outcome for as *unconfirmed*, and MUST NOT transmit it again.',
    why: client,
  },
  {
    sentence:
      'A client that had been told another one before MUST take the answer for one with `handled: null`, whatever it says: user agents and proxies transmit requests again, and the copy of an older hello, or of an introduction, may have made the client known to a server that was started anew, with what it said then.',
    why: client,
  },
  {
    sentence:
      'A server whose epoch changes while clients are connected SHOULD ask them to leave ([drain](#drain)), so that they hear of it before they send.',
    why: 'The suite has no means to take from a server what it remembers and leave its connections alone.',
  },
  {
    sentence:
      '`epoch`: the one that the client was told of last, by a [ready](#ready) or a [pong](#ping-and-pong); once it was told one it SHOULD name it.',
    why: client,
  },
  { sentence: 'The client SHOULD say hello with fresh headers before.', why: client },
  {
    sentence: 'A client that was connected before and gets a `ready` without an id MUST treat it as a gap.',
    why: client,
  },
  {
    sentence: 'The client SHOULD leave and connect again at a random moment within the window.',
    why: client,
  },
  {
    sentence:
      'A `POST` that holds messages SHOULD NOT name `next`, unless its page goes away: user agents and proxies transmit a request again whose connection broke, even a `POST` (Chromium does on a connection that had served before).',
    why: client,
  },
  {
    sentence:
      "So a client whose hellos never reach the server (a tab that hears the stream through another tab's connection) SHOULD introduce itself by a send without messages, and transmit its first message when that was answered.",
    why: client,
  },
]
