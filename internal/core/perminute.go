// SPDX-License-Identifier: Apache-2.0

package core

import "time"

const (
	windowLength = time.Minute
	// clockSkew is how long after a full minute of the clock a window that begins
	// there is tried: clocks differ by as much.
	clockSkew = 100 * time.Millisecond
	// lateStep is how long after a window should have begun it is tried again, at
	// doubled intervals.
	lateStep = 250 * time.Millisecond
	// checkConfigured is how long after a configured number was used up one more request
	// shows whether the cloud enforces it.
	checkConfigured = 500 * time.Millisecond
	// A window has begun when so many requests were sent, for so long, and none was
	// refused: the answer to the first may be lost.
	sureOf, sureAfter = 10, 250 * time.Millisecond
)

// perMinute is a quota for each minute, in windows that the cloud begins at a time
// that it does not tell. Once a window is used up nothing is sent but a few probes,
// from the full minute of the clock on the one hand and at even distances on the
// other: they show where the next window begins, and so all others.
//
// A number that is configured may be less than the cloud's: the windows are the
// client's own then, from its first request, until the cloud has refused a request.
// One request beyond the number shows which it is; two do where the cloud's window
// may have begun while the number was used up.
type perMinute struct {
	configured int           // requests in each window; zero means none
	clock      time.Duration // a full minute of the clock

	known bool // there are windows
	n     int  // requests in each, as far as is known

	lo, hi time.Duration // the window ends between: after lo, and at hi at the latest
	used   int           // permits in it
	over   bool          // it is used up
	probe  time.Duration // when the next one is tried
	late   int           // how often it was tried after hi

	opened   time.Duration // when the window had its first permit
	opening  bool          // nothing shows yet that the window has begun
	lost     bool          // the answer to its first request was lost
	checking bool          // the next request shows whether there are windows at all
	enforced bool          // the cloud has refused a request beyond the number
	exceeds  bool          // one request beyond the configured number was not refused, as far as is known
	reopened bool          // it began while the configured number was used up, perhaps
	before   struct{ lo, hi time.Duration }
}

// due is when the next permit is due, as far as windows go.
func (m *perMinute) due(now time.Duration) time.Duration {
	m.roll(now)
	if m.over {
		return m.probe
	}
	return 0
}

// roll begins the windows that nobody waited for.
func (m *perMinute) roll(now time.Duration) {
	if !m.known || m.over || now < m.hi {
		return
	}
	over := now - m.hi
	over += windowLength - over%windowLength
	m.lo, m.hi = m.lo+over, m.hi+over
	m.used, m.opening = 0, false
}

// taken notes a permit. It reports whether it opens a window, so that its answer
// is worth waiting for, and how many more it is than are known to be in one.
func (m *perMinute) taken(now time.Duration) (opens bool, beyond int) {
	if m.configured > 0 && !m.known {
		m.known, m.n, m.lo, m.hi = true, m.configured, now, now+windowLength
	}
	if !m.known {
		return false, 0
	}
	if m.checking && m.configured > 0 {
		m.opened, m.probe, m.checking, m.exceeds = now, m.hi, false, true
		return true, 0
	}
	if m.over {
		m.over, m.used, m.opening, m.opened, m.lost = false, 0, true, now, false
		m.before.lo, m.before.hi = m.lo, m.hi
		if !m.checking {
			m.hi = min(m.hi, now)
			m.lo = min(m.lo, m.hi)
			m.lo, m.hi = m.lo+windowLength, m.hi+windowLength
		}
		opens = true
	} else if m.used >= sureOf && now-m.opened > sureAfter {
		m.confirm(m.opened)
	}
	m.used++
	if m.configured > 0 && m.used >= m.configured {
		m.exhaust(now)
	}
	if !m.known {
		return false, 0
	}
	return opens, m.used - m.n
}

// sends notes that the request that opens the window, or exceeds it, is sent.
func (m *perMinute) sends(now time.Duration) {
	if m.opening || m.exceeds && m.over {
		m.opened = now
	}
}

// confirm notes that a request got through that was sent then, or seems to have.
func (m *perMinute) confirm(sent time.Duration) {
	switch {
	case m.over && m.exceeds && sent == m.opened && !m.reopened:
		// The window has begun while the number was used up, perhaps: that happens once.
		m.lo, m.hi = m.hi, sent+windowLength
		m.over, m.exceeds, m.reopened, m.used = false, false, true, 1
	case m.opening && sent >= m.opened:
		if m.opening, m.late = false, 0; m.checking {
			*m = perMinute{clock: m.clock} // it was no window that was used up
		}
	}
}

// unanswered notes that the answer was lost to a request that was sent then.
func (m *perMinute) unanswered(now, sent time.Duration) {
	if sent != m.opened {
		return
	}
	m.lost = true
	if m.over && m.exceeds {
		m.exceeds = false // it shows nothing
		m.exhaust(now)
	}
}

func (m *perMinute) giveBack() { m.used = max(m.used-1, 0) }

// refused takes a throttled request out of the count.
func (m *perMinute) refused(sent time.Duration) {
	if m.known && sent >= m.opened {
		m.used = max(m.used-1, 0)
	}
}

// throttled reports whether a throttled reply says that the window is used up.
func (m *perMinute) throttled(now, sent time.Duration) bool {
	if m.opening && sent > m.opened && !m.lost {
		m.confirm(m.opened) // the first was not refused, or that would be known
	}
	switch {
	case !m.known:
		return false
	case m.over:
		if m.exceeds && sent == m.opened {
			m.enforced, m.exceeds = true, false
			m.exhaust(now)
		}
		return true
	case m.opening:
		// The window has not begun.
		m.enforced, m.exceeds = m.configured > 0, false
		m.lo, m.hi = max(m.before.lo, sent), m.before.hi
		if m.checking {
			m.used = m.n
		}
		if m.lo >= m.hi {
			m.late++
		}
		m.exhaust(now)
		return true
	case float64(m.used) >= 0.9*float64(m.n):
		m.enforced, m.exceeds = m.configured > 0, false
		m.n = m.used
		m.exhaust(now)
		return true
	default:
		return false // others may have used it up, or the requests come too fast
	}
}

// detect notes that there are windows: nothing gets through since a time, and so
// many got through in the minute before.
func (m *perMinute) detect(now, since time.Duration, n int) {
	if !m.known {
		m.known, m.lo, m.hi = true, now, since+windowLength
	}
	m.n = n
	m.exhaust(now)
}

// exhaust stops the permits, until the next window is tried.
func (m *perMinute) exhaust(now time.Duration) {
	m.over, m.opening = true, false
	m.lo = max(m.lo, now)
	if m.lo >= m.hi {
		m.probe = now + min(lateStep<<min(max(m.late-1, 0), 16), mostHold)
		m.hi = m.lo
		return
	}
	if !m.checking && !m.enforced && !m.exceeds {
		if check := now + m.check(); check < m.lo || m.configured > 0 && check < m.hi {
			m.checking, m.probe = true, check
			return
		}
	}
	m.checking = false
	if m.exceeds {
		m.probe = m.hi // the cloud takes more than is configured
		return
	}
	width := m.hi - m.lo
	if width <= m.fine() {
		m.probe = m.hi
		return
	}
	step := width / m.parts(width)
	m.probe = m.lo + step
	if full := m.fullMinute(m.lo); full <= m.lo+step*3/2 {
		m.probe = full
	}
}

// check is how long after a window was used up it is checked that there are windows
// at all: an even rate of as many would have let several through. A configured number
// is checked soon, before the next window begins.
func (m *perMinute) check() time.Duration {
	if m.configured > 0 {
		return checkConfigured
	}
	return max(time.Second, 3*windowLength/time.Duration(max(m.n, 10)))
}

// fullMinute is the next full minute of the clock, and a moment.
func (m *perMinute) fullMinute(at time.Duration) time.Duration {
	return at + windowLength - (at-m.clock-clockSkew+windowLength)%windowLength
}

// parts is how many probes go into the time in which the window may end: more where
// they are a smaller part of what is sent.
func (m *perMinute) parts(width time.Duration) time.Duration {
	switch {
	case width > windowLength/2 && m.configured > 0:
		return time.Duration(min(max(m.n/50, 2), 8)) // nothing else is refused
	case width > windowLength/2:
		return time.Duration(min(max(m.n/30, 4), 12))
	}
	return time.Duration(min(max(m.n/30, 2), 4))
}

// fine is how well the end of a window is worth knowing: to some requests.
func (m *perMinute) fine() time.Duration {
	return 3 * windowLength / time.Duration(max(m.n, 20))
}

// behind returns how long until a permit is due for somebody behind n others.
func (m *perMinute) behind(now time.Duration, n int) time.Duration {
	if !m.known || m.n == 0 {
		return 0
	}
	left := m.n - m.used
	if m.over {
		left = 0
	}
	if n < left {
		return 0
	}
	return max(m.hi-now, 0) + time.Duration((n-left)/m.n)*windowLength
}
