import { sweepBeside, s1 } from './s1-sweep.js'
import { sweepUnderLoss, s2 } from './s2-accuracy.js'
import { renderTable, renderMarkdown } from './report.js'
const say = (l: string) => console.log(l)
const rows = []
if (process.argv.includes('s1')) rows.push({ bench: s1, outcome: await sweepBeside('10.1.0.0/20', say) })
if (process.argv.includes('s2')) rows.push({ bench: s2, outcome: await sweepUnderLoss('10.1.0.0/20', say) })
console.log(renderTable(rows)); console.log(renderMarkdown('M', rows))
