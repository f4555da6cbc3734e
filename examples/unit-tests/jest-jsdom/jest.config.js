export default {
  // jsdom with the network classes of Node, which jest's own environment hides, and without the export condition `browser`.
  testEnvironment: 'jest-fixed-jsdom',
  // Everything is a module already.
  transform: {},
}
