import { createElement, StrictMode } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { ReactPage } from '../../bindings/pages/react.js'
import { describeBinding } from './scenarios.js'

// React mounts everything twice here, and renders it twice.
describeBinding('React in StrictMode', (into, first) => {
  const root = createRoot(into)
  const change = (props: typeof first) =>
    flushSync(() => root.render(createElement(StrictMode, null, createElement(ReactPage, props))))
  change(first)
  return { change, unmount: () => root.unmount() }
})
