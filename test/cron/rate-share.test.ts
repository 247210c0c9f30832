import { expect, test } from 'vitest'
import { RateShare } from '../../cron/rate-share.js'

test('shares never add up to more than the limit, and are served in order', async () => {
  const rate = new RateShare(1_000)
  const served: string[] = []
  const take = (name: string, wanted: number) =>
    rate.take(wanted).then((share) => {
      served.push(name)
      return share
    })
  const first = await take('first', 600)
  const second = take('second', 600)
  const third = take('third', 100)
  await Promise.resolve()
  expect(served).toEqual(['first'])
  first.giveBack()
  await Promise.all([second, third])
  expect(served).toEqual(['first', 'second', 'third'])
})

test('who wants more than there is gets all there is', async () => {
  const rate = new RateShare(300)
  expect((await rate.take(5_000)).packetsPerSecond).toBe(300)
})

test('giving back twice frees nothing that is not ours', async () => {
  const rate = new RateShare(100)
  const share = await rate.take(100)
  share.giveBack()
  share.giveBack()
  await rate.take(100)
  let isServed = false
  rate.take(100).then(() => {
    isServed = true
  })
  await new Promise((resolve) => setTimeout(resolve, 10))
  expect(isServed).toBe(false)
})
