/** A span of time that stands still while somebody holds it. */
export interface Deadline extends Disposable {
  hold(): Disposable
}

export function createDeadline(ms: number, onOver: () => void): Deadline {
  let left = ms
  let holders = 0
  let since = performance.now()
  let timer: NodeJS.Timeout | undefined = setTimeout(onOver, left)

  return {
    hold() {
      if (holders++ === 0) {
        clearTimeout(timer)
        left -= performance.now() - since
      }
      let isHeld = true
      return {
        [Symbol.dispose]() {
          if (!isHeld) return
          isHeld = false
          if (--holders > 0 || timer === undefined) return
          since = performance.now()
          timer = setTimeout(onOver, Math.max(left, 0))
        },
      }
    },
    [Symbol.dispose]() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}
