// SPDX-License-Identifier: Apache-2.0

package core

import "time"

const (
	windowLength = time.Minute
	// clockSkew is how long after a full minute of the clock a new window is tried,
	// because clocks differ.
	clockSkew = 100 * time.Millisecond
	// fullMinuteSpan is how long after that a request is still one of the full minute: it
	// may have waited for a description.
	fullMinuteSpan = 250 * time.Millisecond
	// lateStep is the first interval of the probes after a window should have begun. It
	// doubles each time.
	lateStep = 250 * time.Millisecond
	// checkConfigured is how long after a configured number is used up one more request
	// is sent, which shows whether the cloud enforces the number.
	checkConfigured = 500 * time.Millisecond
	// A window has begun if sureOf requests were sent over sureAfter and none was
	// refused. The answer to the first one may be lost, so it is not awaited.
	sureOf, sureAfter = 10, 250 * time.Millisecond
)

// perMinute is a quota for each minute. The cloud does not say when its windows begin.
// Once a window is used up, only a few probes are sent, at the full minute of the clock
// and at even intervals: they show when the next window begins, and so all later ones.
//
// A configured number may be lower than the cloud's. The windows then begin with the
// client's first request, until the cloud refuses a request. One request beyond the
// number shows whether the cloud enforces it, or two if the cloud's window may have
// begun meanwhile.
type perMinute struct {
	configured int           // requests in each window; zero means none
	clock      time.Duration // a full minute of the clock

	known bool // there are windows
	n     int  // requests in each, as far as is known

	lo, hi time.Duration // the window ends after lo, and at hi at the latest
	used   int           // permits granted in the window
	over   bool          // the window is used up
	probe  time.Duration // when the next window is tried
	late   int           // how often it was tried after hi

	opened   time.Duration // when the window had its first permit
	opening  bool          // it is not confirmed yet that the window has begun
	lost     bool          // the answer to its first request was lost
	checking bool          // the next request shows whether there are windows at all
	enforced bool          // the cloud has refused a request beyond the number
	exceeds  bool          // one request beyond the configured number was sent and not refused so far
	reopened bool          // the window may have begun while the configured number was used up
	before   struct{ lo, hi time.Duration }
}

// due returns when the windows allow the next permit.
func (m *perMinute) due(now time.Duration) time.Duration {
	m.roll(now)
	if m.over {
		return m.probe
	}
	return 0
}

// roll skips the windows that ended without requests.
func (m *perMinute) roll(now time.Duration) {
	if !m.known || m.over || now < m.hi {
		return
	}
	over := now - m.hi
	over += windowLength - over%windowLength
	m.lo, m.hi = m.lo+over, m.hi+over
	m.used, m.opening = 0, false
}

// taken records a permit. It reports whether the permit opens a window, so that the
// limiter waits for its answer, and by how many permits the window's number is exceeded.
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
			if m.isFullMinute(now) && m.hi-m.lo <= m.trusted() {
				m.lo = max(m.lo, m.hi-1) // it is the end, to a nanosecond
			}
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

// sends records that the request that opens or exceeds the window is sent.
func (m *perMinute) sends(now time.Duration) {
	if m.opening || m.exceeds && m.over {
		m.opened = now
	}
}

// confirm records that a request that was sent at a time was accepted, or seems so.
func (m *perMinute) confirm(sent time.Duration) {
	switch {
	case m.over && m.exceeds && sent == m.opened && !m.reopened:
		// The window may have begun while the number was used up. That is assumed once.
		m.lo, m.hi = m.hi, sent+windowLength
		m.over, m.exceeds, m.reopened, m.used = false, false, true, 1
	case m.opening && sent >= m.opened:
		if m.opening, m.late = false, 0; m.checking {
			*m = perMinute{clock: m.clock} // there is no window
		}
	}
}

// unanswered records that the response to a request sent at a time was lost.
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

// refused removes a throttled request from the count.
func (m *perMinute) refused(sent time.Duration) {
	if m.known && sent >= m.opened {
		m.used = max(m.used-1, 0)
	}
}

// throttled reports whether a throttled reply means that the window is used up.
func (m *perMinute) throttled(now, sent time.Duration) bool {
	if m.opening && sent > m.opened && !m.lost {
		m.confirm(m.opened) // a refusal of the first would be known by now
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
		if sent >= m.hi {
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

// detect records that there are windows: no request was accepted since a time, and n
// were accepted in the minute before.
func (m *perMinute) detect(now, since time.Duration, n int) {
	if !m.known {
		m.known, m.lo, m.hi = true, now, since+windowLength
	}
	m.n = n
	m.exhaust(now)
}

// exhaust stops the permits until the next window is tried.
func (m *perMinute) exhaust(now time.Duration) {
	m.over, m.opening = true, false
	m.lo = max(m.lo, now)
	if now >= m.hi {
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

// check returns how long after a window is used up one request checks that there are
// windows: an even rate of n a minute would have allowed several requests by then. A
// configured number is checked sooner, before the next window begins.
func (m *perMinute) check() time.Duration {
	if m.configured > 0 {
		return checkConfigured
	}
	return max(time.Second, 3*windowLength/time.Duration(max(m.n, 10)))
}

// fullMinute returns the next full minute of the clock plus clockSkew.
func (m *perMinute) fullMinute(at time.Duration) time.Duration {
	return at + windowLength - (at-m.clock-clockSkew+windowLength)%windowLength
}

// isFullMinute reports whether a full minute has just begun. If that is when a window was
// found to have begun, all windows begin there, as a rule.
func (m *perMinute) isFullMinute(at time.Duration) bool {
	return m.fullMinute(at)-at > windowLength-fullMinuteSpan
}

// trusted is how much uncertainty about the end of a window a full minute removes: the
// window may have begun as long before it. A configured number needs no more probes.
func (m *perMinute) trusted() time.Duration {
	if m.configured > 0 {
		return windowLength
	}
	return windowLength / 4
}

// parts returns how many probes are sent in the time in which the window may end: more
// for larger windows.
func (m *perMinute) parts(width time.Duration) time.Duration {
	switch {
	case width > windowLength/2 && m.configured > 0:
		return time.Duration(min(max(m.n/50, 2), 8)) // no other request is refused
	case width > windowLength/2:
		return time.Duration(min(max(m.n/30, 3), 12))
	}
	return time.Duration(min(max(m.n/30, 2), 4))
}

// fine returns the precision to which the end of a window is searched: the time of a
// few requests.
func (m *perMinute) fine() time.Duration {
	return 3 * windowLength / time.Duration(max(m.n, 20))
}

// behind returns how long until a permit is due for a waiter behind n others.
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
