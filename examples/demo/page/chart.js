// Draws the series: a moving minute of lines, below them a ribbon in the colour of the transport that brought them.

const span = 60_000
const ribbonHeight = 8
const edge = { top: 18, right: 88, bottom: 40, left: 32 }

/**
 * @param {HTMLCanvasElement} canvas
 * @param {ReturnType<typeof import('./series.js').createSeries>} series
 * @param {() => number} now the server's time, in ms
 */
export function drawChart(canvas, series, now) {
  const pen = canvas.getContext('2d')
  const calm = matchMedia('(prefers-reduced-motion: reduce)')
  const dark = matchMedia('(prefers-color-scheme: dark)')
  let colours = readColours()
  let scale = { low: 90, high: 110 }
  let lastDrawn = 0

  dark.addEventListener('change', () => {
    colours = readColours()
  })
  new ResizeObserver(() => draw(now())).observe(canvas)

  function frame(time) {
    // Where motion is unwelcome the chart moves on twice a second instead of gliding.
    if (!calm.matches || time - lastDrawn > 500) {
      lastDrawn = time
      draw(now())
    }
    requestAnimationFrame(frame)
  }
  requestAnimationFrame(frame)

  function draw(end) {
    const { width, height } = resize()
    const left = edge.left
    const right = width - edge.right
    const bottom = height - edge.bottom
    const x = (at) => left + ((at - (end - span)) / span) * (right - left)
    scale = ease(scale, range(series.points, end - span), calm.matches)
    const y = (value) => bottom - ((value - scale.low) / (scale.high - scale.low)) * (bottom - edge.top)

    pen.clearRect(0, 0, width, height)
    pen.font = '12px system-ui, sans-serif'
    pen.textBaseline = 'middle'
    drawGrid({ left, right, bottom, x, y, end })
    pen.save()
    pen.beginPath()
    pen.rect(left, 0, right - left, height)
    pen.clip()
    for (const gap of series.gaps) drawGap(x(gap.from), x(gap.until ?? end), bottom)
    drawRibbon(x, end, bottom)
    let index = 0
    for (const line of series.points.values()) drawLine(line, x, y, colours.series[index++ % 3])
    pen.restore()
    drawEnds(series.points, x, y, right, bottom)
  }

  function resize() {
    const { clientWidth: width, clientHeight: height } = canvas
    const ratio = devicePixelRatio || 1
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio)
      canvas.height = Math.round(height * ratio)
    }
    pen.setTransform(ratio, 0, 0, ratio, 0, 0)
    return { width, height }
  }

  function drawGrid({ left, right, bottom, x, y, end }) {
    pen.lineWidth = 1
    pen.strokeStyle = colours.line
    pen.fillStyle = colours.muted
    pen.textAlign = 'right'
    const step = niceStep((scale.high - scale.low) / 4)
    for (let value = Math.ceil(scale.low / step) * step; value < scale.high; value += step) {
      pen.beginPath()
      pen.moveTo(left, Math.round(y(value)) + 0.5)
      pen.lineTo(right, Math.round(y(value)) + 0.5)
      pen.stroke()
      pen.fillText(String(Math.round(value * 10) / 10), left - 6, y(value))
    }
    pen.textAlign = 'center'
    for (const seconds of [45, 30, 15]) pen.fillText(`−${seconds} s`, x(end - seconds * 1000), bottom + 28)
    pen.textAlign = 'right'
    pen.fillText('now', right, bottom + 28)
  }

  function drawGap(from, until, bottom) {
    pen.save()
    pen.beginPath()
    pen.rect(from, edge.top, Math.max(2, until - from), bottom - edge.top)
    pen.clip()
    pen.strokeStyle = colours.bad
    pen.globalAlpha = 0.35
    for (let offset = from - bottom; offset < until; offset += 7) {
      pen.beginPath()
      pen.moveTo(offset, bottom)
      pen.lineTo(offset + bottom, 0)
      pen.stroke()
    }
    pen.restore()
    pen.fillStyle = colours.bad
    pen.textAlign = 'center'
    pen.fillText('gap', (from + until) / 2, edge.top - 8)
  }

  function drawRibbon(x, end, bottom) {
    series.transports.forEach(({ from, transport }, index) => {
      const until = series.transports[index + 1]?.from ?? end
      pen.fillStyle = colours.transports[transport ?? 'none']
      pen.globalAlpha = transport ? 1 : 0.35
      pen.fillRect(x(from), bottom + 6, x(until) - x(from), ribbonHeight)
    })
    pen.globalAlpha = 1
  }

  function drawLine(line, x, y, colour) {
    pen.strokeStyle = colour
    pen.lineWidth = 2
    pen.lineJoin = 'round'
    pen.beginPath()
    let previous
    for (const { at, value } of line) {
      const broken = !previous || series.gaps.some((gap) => gap.from >= previous && gap.from < at)
      if (broken) pen.moveTo(x(at), y(value))
      else pen.lineTo(x(at), y(value))
      previous = at
    }
    pen.stroke()
  }

  /** Names each line at its end, pushed apart where two would meet. */
  function drawEnds(points, x, y, right, bottom) {
    const ends = [...points].map(([symbol, line], index) => ({
      symbol,
      ...line.at(-1),
      colour: colours.series[index % 3],
    }))
    ends.sort((a, b) => b.value - a.value)
    let lowest = 0
    for (const { symbol, at, value, colour } of ends) {
      const height = Math.max(y(value), lowest + 17)
      lowest = height
      pen.fillStyle = colour
      if (x(at) >= edge.left) {
        pen.beginPath()
        pen.arc(Math.min(x(at), right), Math.min(y(value), bottom), 4, 0, Math.PI * 2)
        pen.fill()
      }
      pen.font = '600 12px system-ui, sans-serif'
      pen.textAlign = 'left'
      pen.fillText(`${symbol} ${value.toFixed(1)}`, right + 10, height)
    }
  }

  function readColours() {
    const probe = document.createElement('span')
    canvas.after(probe)
    // A custom property is only text; as a colour of an element it comes out resolved for the present scheme.
    const colour = (name) => {
      probe.style.color = `var(--${name})`
      return getComputedStyle(probe).color
    }
    const found = {
      line: colour('line'),
      muted: colour('muted'),
      bad: colour('bad'),
      series: ['series-1', 'series-2', 'series-3'].map(colour),
      transports: {
        websocket: colour('websocket'),
        sse: colour('sse'),
        'long-poll': colour('long-poll'),
        none: colour('none'),
      },
    }
    probe.remove()
    return found
  }
}

function range(points, from) {
  let low = Infinity
  let high = -Infinity
  for (const line of points.values()) {
    for (const { at, value } of line) {
      if (at < from) continue
      low = Math.min(low, value)
      high = Math.max(high, value)
    }
  }
  if (low > high) return { low: 90, high: 110 }
  const margin = Math.max(1, (high - low) * 0.12)
  return { low: low - margin, high: high + margin }
}

function ease(now, wanted, atOnce) {
  const share = atOnce ? 1 : 0.08
  return { low: now.low + (wanted.low - now.low) * share, high: now.high + (wanted.high - now.high) * share }
}

function niceStep(rough) {
  const power = 10 ** Math.floor(Math.log10(rough))
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough)
}
