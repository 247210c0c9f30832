import { expect, test } from 'vitest'
import { judgeVersion } from '../../src/cli/database-check.js'

test.each([
  ['10.11.6-MariaDB-0+deb12u1', 'ok'],
  ['10.6.0-MariaDB', 'ok'],
  ['11.4.2-MariaDB-ubu2404', 'ok'],
  ['10.5.29-MariaDB', 'fail'],
  ['8.0.36', 'warn'],
  ['8.4.0-0ubuntu1', 'warn'],
  ['5.7.44-log', 'fail'],
])('a server that says %s is judged "%s"', (version, state) => {
  expect(judgeVersion(version).state).toBe(state)
})
