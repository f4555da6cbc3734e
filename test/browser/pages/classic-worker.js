importScripts('/dist/holdfast.global.js', 'run.js')
runHoldfast(Holdfast, new URLSearchParams(location.search).get('server'), (word) => postMessage(word))
