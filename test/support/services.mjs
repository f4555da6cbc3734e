// Finds the servers that the tests put beside ours, and installs what is missing. Plain JavaScript: test/run.mjs needs it.
import { installPackages, isExecutable, mayInstallPackages, onPath } from './packages.mjs'

/** @typedef {'redis' | 'nginx' | 'haproxy'} ServiceName */

/** @type {readonly ServiceName[]} */
export const serviceNames = ['redis', 'nginx', 'haproxy']

// An environment variable comes first: REDIS_SERVER, NGINX and HAPROXY name an executable.
const services = {
  redis: { variable: 'REDIS_SERVER', commands: ['redis-server', 'valkey-server'], package: 'redis-server' },
  nginx: { variable: 'NGINX', commands: ['nginx'], package: 'nginx' },
  haproxy: { variable: 'HAPROXY', commands: ['haproxy'], package: 'haproxy' },
}

/**
 * @param {ServiceName} name
 * @returns {string | undefined} the path of its program
 */
export function findService(name) {
  const { variable, commands } = services[name]
  const named = process.env[variable]
  if (named && !isExecutable(named)) throw new Error(`${variable} names no executable: ${named}`)
  return named || onPath(commands)
}

/** @param {ServiceName[]} names */
export function installServices(names) {
  if (mayInstallPackages()) installPackages(names.map((name) => services[name].package))
}

/**
 * @param {ServiceName} name
 * @returns {string} what a person can do who has not got it
 */
export function howToGetService(name) {
  const { variable, package: debian } = services[name]
  return [
    `${name} was not found, and could not be installed.`,
    `  Debian, Ubuntu:  apt-get install ${debian}`,
    `  elsewhere:       ${variable}=<path of its executable> npm test`,
  ].join('\n')
}
