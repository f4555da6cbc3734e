// Asks the demo server to switch something. These requests go to the demo's proxy, which is up while the server restarts.

export async function control(name, body = {}, options = {}) {
  const response = await fetch(`/controls/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...options,
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}
