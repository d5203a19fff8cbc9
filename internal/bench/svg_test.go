// SPDX-License-Identifier: Apache-2.0

package bench

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The picture's measures, in pixels.
const (
	pictureWidth = 1000.0
	margin       = 28.0
	columnGap    = 44.0
	columnWidth  = (pictureWidth - 2*margin - columnGap) / 2
	headHeight   = 128.0 // title and legend
	barHeight    = 17.0
	barsHeight   = 100.0 // the bars of one cloud with their scale
	changeHeight = 84.0  // of a timeline, above its axis
	queryHeight  = 30.0  // and below it
	panelTop     = 36.0  // its text
	panelHeight  = 190.0 // all of it
)

// The picture's colours: Okabe and Ito's, which everybody can tell apart.
const (
	paper     = "#ffffff"
	frame     = "#d0d7de"
	ink       = "#1f2328"
	faint     = "#59636e"
	grid      = "#e4e8ec"
	within    = "#eef4fb" // the time up to the bound
	green     = "#009e73"
	amber     = "#f0b429"
	vermilion = "#d55e00"
	grey      = "#9aa2ab"
	blue      = "#56b4e9"
	darkBlue  = "#0072b2"
)

// layers are drawn in this order from the axis outwards.
type layer struct {
	text, colour string
	answers      []answer
}

var (
	changeLayers = []layer{
		{"accepted", green, []answer{accepted}},
		{"conflict", amber, []answer{conflict}},
		{"throttled", vermilion, []answer{throttled}},
		{"lost, or gone already", grey, []answer{lost, refused}},
	}
	queryLayers = []layer{
		{"queries (downwards)", blue, []answer{accepted, lost, refused}},
		{"", vermilion, []answer{throttled}},
	}
)

// clientTexts say what the clients are.
var clientTexts = map[string]string{
	"a": "today: one address per call, backoff/v4",
	"b": "today: batches of ten made by hand, errgroup",
	"c": "this library",
}

// picture draws the three clients in one storm, for each cloud: how long they
// took, and what they heard meanwhile.
func picture(seed int64, all []figures) []byte {
	all = pictured(all)
	if len(all) == 0 {
		return nil
	}
	var clouds []string
	rows := 0
	for _, f := range all {
		if !slices.Contains(clouds, f.Cloud) {
			clouds = append(clouds, f.Cloud)
		}
		rows = max(rows, int(f.Client[0]-'a')+1)
	}
	height := headHeight + barsHeight + float64(rows)*panelHeight

	d := &drawing{}
	d.say(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif" font-size="12" fill="%s">`, pictureWidth, height, ink)
	d.say(`<rect x=".5" y=".5" width="%g" height="%g" rx="10" fill="%s" stroke="%s"/>`, pictureWidth-1, height-1, paper, frame)
	d.head(seed, all[0])
	for n, cloud := range clouds {
		x := margin + float64(n)*(columnWidth+columnGap)
		own := slices.DeleteFunc(slices.Clone(all), func(f figures) bool { return f.Cloud != cloud })
		d.bars(x, headHeight, own)
		for _, f := range own {
			d.panel(x, headHeight+barsHeight+float64(f.Client[0]-'a')*panelHeight, f)
		}
	}
	d.say(`</svg>`)
	return d.Bytes()
}

// pictured chooses the storm that is drawn: of those there are, the one in which a
// crowd finds out by itself what its quota is, or the nearest to it.
func pictured(all []figures) []figures {
	rank := func(f figures) int {
		n := 0
		if f.Storm != crowd {
			n += 8
		}
		if f.Quota != 400 {
			n += 4
		}
		if f.Phase == drawn {
			n += 2
		}
		if f.Configured {
			n++
		}
		return n
	}
	if len(all) == 0 {
		return nil
	}
	best := rank(slices.MinFunc(all, func(x, y figures) int { return cmp.Compare(rank(x), rank(y)) }))
	return slices.DeleteFunc(slices.Clone(all), func(f figures) bool { return rank(f) != best })
}

// drawing is a picture in the making.
type drawing struct{ bytes.Buffer }

func (d *drawing) say(format string, arguments ...any) {
	fmt.Fprintf(d, format+"\n", arguments...)
}

func (d *drawing) text(x, y float64, attributes, text string) {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(text)
	d.say(`<text x="%.4g" y="%.4g" %s>%s</text>`, x, y, attributes, text)
}

func (d *drawing) head(seed int64, f figures) {
	manner := map[string]string{
		"crowd": "10,000 goroutines, one address each, all at once.",
		"queue": "1,000 goroutines, ten addresses each, one after another.",
	}[f.Storm]
	rate := "the client has to find that out."
	if f.Configured {
		rate = "the client is configured for that."
	}
	d.text(margin, 36, `font-size="20" font-weight="600"`, "10,000 addresses leave 100 ENIs, then the ENIs are detached")
	d.text(margin, 58, fmt.Sprintf(`fill="%s" font-size="13"`, faint), fmt.Sprintf("%s The account may send %s: %s Simulated, seed %d.", manner, quotaText(f.limit), rate, seed))
	x := margin
	for _, l := range slices.Concat(changeLayers, queryLayers[:1]) {
		d.say(`<rect x="%g" y="74" width="11" height="11" rx="2" fill="%s"/>`, x, l.colour)
		d.text(x+16, 84, "", l.text)
		x += 38 + 6.2*float64(len(l.text))
	}
	d.say(`<path d="M%g 74v11" stroke="%s" stroke-width="2" stroke-dasharray="3 2"/>`, x+4, darkBlue)
	d.text(x+12, 84, "", "lower bound")
	x += 100
	d.say(`<path d="M%g 74v11" stroke="%s" stroke-dasharray="1 2"/>`, x+4, ink)
	d.text(x+12, 84, "", "detaches begin")
}

// quotaText says what the account may send.
func quotaText(l limit) string {
	if l.window > 0 {
		return fmt.Sprintf("%d changes in each minute of the clock", l.quota)
	}
	return fmt.Sprintf("%d changes a second", l.quota)
}

// bars compare how long the clients took, on one scale.
func (d *drawing) bars(x, y float64, own []figures) {
	longest := slices.MaxFunc(own, func(f, g figures) int { return cmp.Compare(f.Makespan, g.Makespan) }).Makespan
	const label = 18.0
	scale := (columnWidth - label - 110) / longest
	name := map[string]string{"aliyun": "Alibaba Cloud", "tencent": "Tencent Cloud"}[own[0].Cloud]
	d.text(x, y-8, `font-size="15" font-weight="600"`, name)
	for _, f := range own {
		top := y + 6 + float64(f.Client[0]-'a')*(barHeight+7)
		d.text(x, top+13, `font-weight="600"`, f.Client)
		d.say(`<rect x="%g" y="%g" width="%.1f" height="%g" rx="2" fill="%s"/>`, x+label, top, max(f.Makespan*scale, 1), barHeight, barColour(f))
		d.text(x+label+f.Makespan*scale+6, top+13, "", fmt.Sprintf("%s s, %.3g×", seconds(f.Makespan), f.Makespan/f.Bound))
	}
	at := x + label + own[0].Bound*scale
	d.say(`<path d="M%.1f %gV%g" stroke="%s" stroke-width="2" stroke-dasharray="3 2"/>`, at, y, y+82, darkBlue)
}

func barColour(f figures) string {
	if f.Client == "c" {
		return darkBlue
	}
	return grey
}

// panel is the timeline of one client: changes a second upwards, queries downwards.
func (d *drawing) panel(x, y float64, f figures) {
	const left = 30.0
	p := plot{x: x + left, base: y + panelTop + changeHeight, width: columnWidth - left, span: f.Makespan}
	p.bin = max(1, int(math.Ceil(f.Makespan/slot.Seconds()/90)))
	line := float64(f.Quota)
	if f.WindowS > 0 {
		line = 50 // a minute's number is sent at once
	}
	top := 3 * line
	up, down := changeHeight/top, -queryHeight/(3*queriesPerSecond)

	d.say(`<rect x="%g" y="%g" width="%.1f" height="%g" fill="%s"/>`, p.x, p.base-changeHeight, min(p.width, p.width*f.Bound/f.Makespan), changeHeight+queryHeight, within)
	for _, rate := range []float64{line, 2 * line} {
		d.rate(p, rate, up)
	}
	d.rate(p, queriesPerSecond, down)
	peak := d.stack(p, f.changes, changeLayers, up, changeHeight)
	d.stack(p, f.queries, queryLayers, down, queryHeight)
	d.say(`<path d="M%g %gh%g" stroke="%s"/>`, p.x, p.base, p.width, faint)
	at := p.x + f.Addresses/f.Makespan*p.width
	d.say(`<path d="M%.1f %gv%g" stroke="%s" stroke-dasharray="1 2"/>`, at, p.base-changeHeight-3, changeHeight+queryHeight+3, ink)
	d.clock(p)
	d.text(x, y+12, `font-weight="600"`, f.Client+"  "+clientTexts[f.Client])
	d.text(x, y+27, fmt.Sprintf(`font-size="11" fill="%s"`, faint), summary(f, peak))
}

// summary counts what a timeline cuts off.
func summary(f figures, peak float64) string {
	s := fmt.Sprintf("%s changes sent, %s throttled, up to %s a second", thousands(f.Changes), thousands(f.Throttles), thousands(int(peak)))
	if f.GaveUp > 0 {
		s += fmt.Sprintf("; %s callers gave up", thousands(f.GaveUp))
	}
	return s
}

// plot is where a timeline is drawn.
type plot struct {
	x, base, width float64
	span           float64 // seconds
	bin            int     // slots
}

// rate draws the line of so many a second.
func (d *drawing) rate(p plot, perSecond, scale float64) {
	y := p.base - perSecond*scale
	d.say(`<path d="M%g %.1fh%g" stroke="%s"/>`, p.x, y, p.width, grid)
	d.text(p.x-5, y+4, fmt.Sprintf(`text-anchor="end" font-size="10" fill="%s"`, faint), fmt.Sprintf("%g/s", perSecond))
}

// stack draws the layers, the outermost first, each over all within it, and
// returns the highest rate. What goes beyond the limit is cut off.
func (d *drawing) stack(p plot, line timeline, layers []layer, scale, limit float64) (peak float64) {
	perSecond := 1 / (float64(p.bin) * slot.Seconds())
	for n := len(layers); n > 0; n-- {
		var path strings.Builder
		fmt.Fprintf(&path, "M%.4g %.4g", p.x, p.base)
		for from := 0; from < len(line); from += p.bin {
			count := 0
			for _, at := range line[from:min(from+p.bin, len(line))] {
				for _, l := range layers[:n] {
					for _, a := range l.answers {
						count += at[a]
					}
				}
			}
			rate := float64(count) * perSecond
			peak = max(peak, rate)
			height := math.Copysign(min(math.Abs(rate*scale), limit), scale)
			end := min(float64(from+p.bin)*slot.Seconds()/p.span, 1) * p.width
			fmt.Fprintf(&path, "V%.4gH%.4g", p.base-height, p.x+end)
		}
		d.say(`<path d="%sV%.4gZ" fill="%s"/>`, &path, p.base, layers[n-1].colour)
	}
	return peak
}

// clock writes the seconds below a timeline.
func (d *drawing) clock(p plot) {
	step := math.Pow(10, math.Floor(math.Log10(p.span)))
	for _, finer := range []float64{1, 2, 5} {
		if p.span/(step/finer) >= 4 {
			step /= finer
			break
		}
	}
	for at := 0.0; at <= p.span; at += step {
		x := p.x + at/p.span*p.width
		d.say(`<path d="M%.1f %gv4" stroke="%s"/>`, x, p.base+queryHeight, faint)
		unit := ""
		if at == 0 {
			unit = " s"
		}
		d.text(x, p.base+queryHeight+15, fmt.Sprintf(`text-anchor="middle" font-size="10" fill="%s"`, faint), fmt.Sprintf("%g%s", at, unit))
	}
}

func seconds(s float64) string {
	if s < 100 {
		return fmt.Sprintf("%.1f", s)
	}
	return thousands(int(math.Round(s)))
}

func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
