// The pages as they are shipped, in a process of their own. Started by served.ts with a channel:
// tells its URL, answers how much memory it has, and ends with its parent.
import { readConfig } from '../dist/src/config.js'
import { openLog } from '../dist/src/log.js'
import { openStore } from '../dist/src/store/pool.js'
import { startWeb } from '../dist/src/web/server.js'

const [dataDir, given] = process.argv.slice(2)
const address = JSON.parse(given)
const config = readConfig({ IPSPACE_DATA_DIR: dataDir, IPSPACE_PORT: '0' })
const log = openLog('web', 'warn')
const { url } = await startWeb({ store: openStore(address), address, config, log })
process.on('disconnect', () => process.exit())
process.on('message', () => process.send({ memory: process.memoryUsage.rss() / 1e6 }))
process.send({ url })
