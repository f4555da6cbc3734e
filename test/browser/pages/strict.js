// The policy must be in force, or this page proves nothing.
let evaluated = true
try {
  // biome-ignore lint/security/noGlobalEval: it must be refused
  eval('1')
} catch {
  evaluated = false
}
const say = (word) => parent.postMessage(word, '*')
say({ evaluated })
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  if (blockedURI !== 'eval') say({ violatedDirective, blockedURI })
})
runHoldfast(Holdfast, new URLSearchParams(location.search).get('server'), say)
