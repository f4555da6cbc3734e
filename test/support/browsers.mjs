// Finds the three browsers, and installs what is missing. Plain JavaScript: test/run.mjs needs it as it is.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { installPackages, isExecutable, mayInstallPackages, onPath, run } from './packages.mjs'

/** @typedef {'chromium' | 'firefox' | 'webkit'} BrowserName */

/**
 * A browser on this machine.
 * @typedef {object} FoundBrowser
 * @property {string} path the browser's executable
 * @property {string} [driver] WebKit: the WebKitWebDriver that steers it
 * @property {boolean} own whether it is a build of Playwright's own, which Playwright steers in another way
 */

/** @type {readonly BrowserName[]} */
export const browserNames = ['chromium', 'firefox', 'webkit']

// An environment variable comes first: CHROMIUM, FIREFOX and WEBKIT name an executable (WEBKIT that of MiniBrowser), and
// WEBKIT_DRIVER that of WebKitWebDriver. Then what is on the PATH, then where installers put it.
const commands = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome'],
  firefox: ['firefox-esr', 'firefox'],
  webkit: ['MiniBrowser'],
}
const places = {
  chromium: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  ],
  firefox: ['/Applications/Firefox.app/Contents/MacOS/firefox', 'C:\\Program Files\\Mozilla Firefox\\firefox.exe'],
  webkit: [],
}

/**
 * @param {BrowserName} name
 * @returns {FoundBrowser | undefined}
 */
export function findBrowser(name) {
  const variable = name.toUpperCase()
  const named = process.env[variable]
  if (named && !isExecutable(named)) throw new Error(`${variable} names no executable: ${named}`)
  if (name === 'webkit') {
    const path = named || onPath(commands.webkit) || miniBrowser()
    const driver = process.env.WEBKIT_DRIVER || onPath(['WebKitWebDriver'])
    return path && driver && onPath(['Xvfb']) ? { path, driver, own: false } : undefined
  }
  const path = named || onPath(commands[name]) || places[name].find(isExecutable)
  if (path) return { path, own: false }
  const own = playwrightBuild(name)
  return own ? { path: own, own: true } : undefined
}

/**
 * The browsers that shall not be tested: SKIP_BROWSERS=webkit, or several with commas. For machines that cannot have
 * one (there is no WebKitGTK for macOS and Windows). Nothing else skips a browser.
 * @returns {BrowserName[]}
 */
export function skippedBrowsers() {
  const names = (process.env.SKIP_BROWSERS ?? '').split(',').filter(Boolean)
  for (const name of names) {
    if (!browserNames.some((known) => known === name)) throw new Error(`SKIP_BROWSERS: unknown browser ${name}`)
  }
  return browserNames.filter((name) => names.includes(name))
}

/**
 * Installs browsers: with apt-get where there is one and we may, else Playwright's own builds.
 * @param {BrowserName[]} names
 */
export function installBrowsers(names) {
  const mayApt = mayInstallPackages()
  /** @type {BrowserName[]} */
  const byPlaywright = []
  const packages = []
  for (const name of names) {
    if (name === 'webkit') packages.push('webkit2gtk-driver', 'xvfb')
    // Ubuntu's packages of these two only lead to a snap, which cannot run in many containers.
    else if (mayApt && !isUbuntu()) packages.push(name === 'chromium' ? 'chromium' : 'firefox-esr')
    else byPlaywright.push(name)
  }
  if (mayApt && packages.length > 0) installPackages(packages)
  if (byPlaywright.length > 0) {
    const playwright = createRequire(import.meta.url).resolve('playwright/cli.js')
    run([process.execPath, playwright, 'install', ...(mayApt ? ['--with-deps'] : []), ...byPlaywright])
  }
}

/**
 * @param {BrowserName} name
 * @returns {string} what a person can do who has not got it
 */
export function howToGet(name) {
  if (name === 'webkit') {
    return [
      'WebKitGTK was not found, and could not be installed. It takes MiniBrowser, WebKitWebDriver and Xvfb.',
      '  Debian, Ubuntu:  apt-get install webkit2gtk-driver xvfb',
      '  elsewhere:       WEBKIT=<path of MiniBrowser> WEBKIT_DRIVER=<path of WebKitWebDriver> npm test',
      '  macOS, Windows:  it does not exist there; SKIP_BROWSERS=webkit npm test leaves it out, and says so',
    ].join('\n')
  }
  return [
    `${name} was not found, and could not be installed.`,
    `  an own one:  ${name.toUpperCase()}=<path of its executable> npm test`,
    `  or install:  npx playwright install --with-deps ${name}`,
  ].join('\n')
}

/** WebKitGTK's test browser lies in a folder of its library, of which there are several by architecture and API. */
function miniBrowser() {
  for (const folder of ['/usr/lib', '/usr/libexec', '/usr/lib64']) {
    if (!existsSync(folder)) continue
    for (const entry of ['', ...readdirSync(folder)]) {
      for (const api of ['webkitgtk-6.0', 'webkit2gtk-4.1', 'webkit2gtk-4.0']) {
        const path = join(folder, entry, api, 'MiniBrowser')
        if (isExecutable(path)) return path
      }
    }
  }
  return undefined
}

/** @param {'chromium' | 'firefox'} name */
function playwrightBuild(name) {
  try {
    const path = createRequire(import.meta.url)('playwright-core')[name].executablePath()
    return isExecutable(path) ? path : undefined
  } catch {
    return undefined
  }
}

function isUbuntu() {
  return existsSync('/etc/os-release') && /^ID(_LIKE)?=.*ubuntu/m.test(readFileSync('/etc/os-release', 'utf8'))
}
