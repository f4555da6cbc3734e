/** What a proxy says when it does not let something pass: HTML, to whoever asked for something else. */
export function refusalPage(status: number): string {
  return `<!doctype html><html><head><title>${status}</title></head><body><h1>${status}</h1><hr>middlebox</body></html>\n`
}
