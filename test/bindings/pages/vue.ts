import { type Component, defineComponent, h, type PropType, ref } from 'vue'
import {
  useConnection,
  useConnectionFrom,
  useConnectionState,
  useEvent,
  useLatestEvent,
} from '../../../src/bindings/vue.js'
import { type Connection, websocket } from '../../../src/index.js'
import type { Events, PageProps } from './page.js'

export const VuePage: Component<PageProps> = defineComponent({
  props: { url: String, make: Function as PropType<PageProps['make']> },
  setup(props) {
    const { make } = props
    const live = make
      ? useConnectionFrom(() => props.url, make)
      : useConnection<Events>(() => props.url, { topics: ['all'], transports: [websocket()] })
    return () => h(Numbers, { live: live.value })
  },
})

const Numbers = defineComponent({
  props: { live: Object as PropType<Connection<Events>> },
  setup(props) {
    const live = () => props.live
    const state = useConnectionState(live)
    const latest = useLatestEvent(live, 'number')
    const numbers = ref<number[]>([])
    useEvent(live, 'number', ({ data }) => numbers.value.push(data))
    return () =>
      h('main', [
        h('p', { id: 'status' }, state.value.status),
        h('p', { id: 'transport' }, state.value.transport),
        h('p', { id: 'latest' }, latest.value?.data),
        h('p', { id: 'numbers' }, numbers.value.join(' ')),
        h('button', { type: 'button', onClick: () => props.live?.send('word', 'hello') }, 'Say hello'),
      ])
  },
})
