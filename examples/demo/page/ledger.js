// Keeps the books: the server numbers its prices, so the page can check for itself that each came once and in order.

export function createLedger() {
  const books = { events: 0, lost: 0, missingInGaps: 0, twice: 0, gaps: 0 }
  let expected
  let gapWasTold = false

  return {
    books,

    /** The page starts from here: the next price must have this number. */
    expect(number) {
      expected = number
    },

    price({ number }) {
      if (expected !== undefined && number < expected) {
        books.twice += 1
        return
      }
      const missing = expected === undefined ? 0 : number - expected
      if (gapWasTold) books.missingInGaps += missing
      else books.lost += missing
      gapWasTold = false
      expected = number + 1
    },

    gap() {
      books.gaps += 1
      gapWasTold = true
    },
  }
}
