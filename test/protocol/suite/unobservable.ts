/** Sentences of PROTOCOL.md with a MUST or a SHOULD that no check can see from outside a server. */
export const unobservable: readonly { readonly sentence: string; readonly why: string }[] = []
