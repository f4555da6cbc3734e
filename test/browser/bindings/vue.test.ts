import { createApp, h, shallowReactive } from 'vue'
import type { PageProps } from '../../bindings/pages/page.js'
import { VuePage } from '../../bindings/pages/vue.js'
import { describeBinding } from './scenarios.js'

describeBinding('Vue', (into, first) => {
  const props: PageProps = shallowReactive({ ...first })
  const app = createApp(() => h(VuePage, props))
  app.mount(into)
  return { change: (next) => Object.assign(props, next), unmount: () => app.unmount() }
})
