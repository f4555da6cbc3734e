import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Tide } from './tide.js'

// In development StrictMode mounts everything twice: there is one connection all the same.
createRoot(document.querySelector('#page') as HTMLElement).render(
  <StrictMode>
    <Tide />
  </StrictMode>,
)
