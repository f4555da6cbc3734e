import { defineConfig } from 'vitest/config'
import { svelte } from './test/bindings/compile-svelte.js'
import { commands } from './test/browser/setup/commands.js'
import { providers } from './test/browser/setup/providers.js'
import { browserNames, skippedBrowsers } from './test/support/browsers.mjs'

// The groups run one after the other: on two cores, three browsers at once are slower than one after another, and what
// measures time would measure the others.
const browsers = browserNames
  .filter((name) => !skippedBrowsers().includes(name))
  .map((name, index) => ({
    extends: true as const,
    // What compiled components import, and no source does: found late, it would load the page anew in the middle of a test.
    optimizeDeps: { include: ['svelte/internal/client', 'svelte/internal/disclose-version'] },
    define: {
      __VUE_OPTIONS_API__: 'true',
      __VUE_PROD_DEVTOOLS__: 'false',
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    },
    test: {
      name,
      include: ['test/browser/**/*.test.ts'],
      sequence: { groupOrder: 2 + index },
      testTimeout: 20_000,
      hookTimeout: 30_000,
      fileParallelism: false,
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: providers[name](),
        commands,
        instances: [{ browser: name }],
      },
    },
  }))

export default defineConfig({
  plugins: [svelte()],
  test: {
    // Node's locks and BroadcastChannels are shared by all threads of a process: a process for each file keeps them apart.
    pool: 'forks',
    api: { host: '127.0.0.1' },
    coverage: { provider: 'v8', include: ['src/**'] },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: ['test/unit/server/**'],
          environment: './test/setup/environment.ts',
          environmentOptions: { happyDOM: { url: 'http://app.test/' } },
          // msw's helper for server-sent events wants one to exist.
          execArgv: ['--experimental-eventsource'],
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'node',
          include: [
            'test/{unit/server,support,sharing,flow,redis,proxies,fuzz,herd,lifecycle,faults,protocol,package,documents,examples,bindings,recipes,eventsource}/**/*.test.ts',
          ],
          environment: 'node',
          testTimeout: 20_000,
          // They wait far more than they work: three at a time, however many cores there are.
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      ...browsers,
    ],
  },
})
