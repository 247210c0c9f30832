import { expect, test } from 'vitest'
import { Remembered } from '../../src/catalog/remembered.js'
import { finish } from '../../src/catalog/turns.js'

const COLUMN = {}
const SIZE = () => 10

test('what was worked out is not worked out again, unless from another column', () => {
  const remembered = new Remembered(100)
  const work = counted()
  const ask = (column: object) => finish(remembered.workOut('a', [column], work.begin, SIZE))
  expect([ask(COLUMN), ask(COLUMN), ask({}), ask(COLUMN)]).toEqual([1, 1, 2, 1])
  expect(remembered.has('a', [COLUMN])).toBe(true)
  expect(remembered.has('b', [COLUMN])).toBe(false)
})

test('several who ask at once go on with the same work', () => {
  const remembered = new Remembered(100)
  const work = counted()
  const asked = [1, 2, 3].map(() => remembered.workOut('a', [COLUMN], work.begin, SIZE))
  const outcomes: (number | undefined)[] = []
  while (outcomes.length < 3) {
    for (const one of asked) {
      const step = one.next()
      if (step.done && step.value !== undefined) outcomes.push(step.value)
    }
  }
  expect(outcomes).toEqual([1, 1, 1])
  expect(work.steps).toBe(3)
})

test('work that fails fails for everybody, and is begun anew by the next', () => {
  const remembered = new Remembered(100)
  const failing = function* (): Generator<void, number, void> {
    for (let step = 0; step < 2; step++) yield
    throw new Error('no')
  }
  const asked = [1, 2].map(() => remembered.workOut('a', [COLUMN], failing, SIZE))
  for (const one of asked) one.next()
  for (const one of asked) expect(() => finish(one)).toThrow('no')
  expect(finish(remembered.workOut('a', [COLUMN], counted().begin, SIZE))).toBe(1)
})

test('the longest unused goes when there is no more room', () => {
  const remembered = new Remembered(20)
  const ask = (name: string) => finish(remembered.workOut(name, [], counted().begin, SIZE))
  for (const name of ['a', 'b', 'a', 'c']) ask(name)
  expect(['a', 'b', 'c'].filter((name) => remembered.has(name, []))).toEqual(['a', 'c'])
  finish(remembered.workOut('large', [], counted().begin, () => 21))
  expect(['a', 'c', 'large'].filter((name) => remembered.has(name, []))).toEqual([])
})

/** Work of three steps whose outcome is how often it was begun. */
function counted() {
  const work = {
    begun: 0,
    steps: 0,
    *begin(): Generator<void, number, void> {
      work.begun += 1
      const outcome = work.begun
      for (let step = 0; step < 2; step++) {
        work.steps += 1
        yield
      }
      work.steps += 1
      return outcome
    },
  }
  return work
}
