/** What the in-memory parts answer at once, and others only after a while. `await` takes either. */
export type MaybePromise<Value> = Value | Promise<Value>

export function isPromise<Value>(value: MaybePromise<Value>): value is Promise<Value> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'
}
