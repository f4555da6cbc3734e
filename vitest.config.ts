import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Node's locks and BroadcastChannels are shared by all threads of a process: a process for each file keeps them apart.
    pool: 'forks',
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
        },
      },
      {
        extends: true,
        test: {
          name: 'node',
          include: ['test/{unit/server,support,flow,protocol,package}/**/*.test.ts'],
          environment: 'node',
        },
      },
    ],
  },
})
