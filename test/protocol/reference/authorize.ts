import { Refusal } from './wire.js'

/** Who a request speaks for, and for how long. */
export interface Principal {
  tag: string
  /** ms from now. */
  expires?: number
}

/** The tokens that the control contract of the suite defines. No token at all is a guest. */
export function authorize(authorization: string | undefined): Principal {
  switch (authorization) {
    case undefined:
      return { tag: 'guest' }
    case 'Bearer suite-alice':
      return { tag: 'a' }
    case 'Bearer suite-bob':
      return { tag: 'b' }
    case 'Bearer suite-brief':
      return { tag: 'a', expires: 1000 }
    case 'Bearer suite-forbidden':
      throw new Refusal('forbidden', 'this token may not hear the stream')
    default:
      throw new Refusal('unauthorized', 'this token is not known')
  }
}
