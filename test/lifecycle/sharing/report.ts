const lines: string[] = []

/** Something that was measured, and is not judged: machines differ. */
export function report(what: string, duration: number): void {
  lines.push(`  ${what}: ${duration} ms`)
}

export function printReport(title: string): void {
  console.info([title, ...lines.splice(0)].join('\n'))
}
