// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"fmt"
	"net/netip"

	"github.com/cloudeni/cloudeni/eni"
)

// pending is a change that the cloud may carry out later, or must.
type pending struct {
	m          uint8          // targets; 0 for none
	c          [callers]uint8 // the targets of each caller
	life       uint8          // ticks in which it can act
	must       bool
	unanswered bool // its answer is in progress: its life has not begun
	task       uint8
}

// request is the change in progress.
type request struct {
	on      uint8 // 1 on its way, 2 processed
	m       uint8
	c       [callers]uint8
	ans     eni.Kind // of the answer in progress; 0 for accepted
	task    uint8
	aborted bool
	resend  bool
	first   [callers]uint8 // what it carries for the first time
}

// sentDescribe is a describe in progress.
type sentDescribe struct {
	d     Describe
	seen  uint8 // what was so when it began
	since uint8 // callers who had called by then
	age   uint8
	dirty uint8 // targets of which a change was lost since
	clean uint8 // targets on which no change could act when it began
	stale bool  // a later one has come
}

type taskState uint8

const maxDescribes = 2

// present returns the targets that are there.
func (w *world) present() uint8 {
	if !w.exists {
		return 0
	}
	m := w.has
	if w.att == 1 {
		m |= detach
	}
	return m | del
}

// visible returns the result of a describe, as a code.
func (w *world) visible() uint8 {
	m := w.has | w.att<<2
	if w.det {
		m |= 16
	}
	if w.exists {
		m |= shownThere
	}
	if w.doomed {
		m |= shownDoomed
	}
	return m
}

const (
	shownThere  = 32
	shownDoomed = 64
)

// shownTargets returns the targets that such a code shows to be there.
func shownTargets(code uint8) uint8 {
	m := code & (a | b)
	if code>>2&3 == 1 && code&16 == 0 {
		m |= detach
	}
	if code&shownThere != 0 && code>>2&3 == 0 && code&(16|shownDoomed) == 0 {
		m |= del
	}
	return m
}

// described has the interface for each code.
var described = func() (list [3][128]*eni.Interface) {
	for kind := range 3 {
		for code := range 128 {
			i := &eni.Interface{ID: string(rune(code + 1)), Type: eni.TypeSecondary, State: eni.StateAvailable}
			i.Addresses = []eni.Address{{Addr: netip.MustParseAddr("10.0.0.9"), Primary: kind != 1}}
			for n := range 2 {
				if code>>n&1 == 1 {
					i.Addresses = append(i.Addresses, eni.Address{Addr: targetList[n].Prefix.Addr(), Primary: kind == 1 && n == 0})
				}
			}
			if at := code >> 2 & 3; at != 0 {
				i.InstanceID, i.State = fmt.Sprintf("i-%d", at), eni.StateInUse
			}
			if kind == 2 {
				i.Tags = keepTags
			}
			if code&16 != 0 {
				i.State = eni.StateDetaching
			}
			if code&shownDoomed != 0 {
				i.State = eni.StateDeleting
			}
			list[kind][code] = i
		}
	}
	return list
}()

func (w *world) shown(code uint8) *eni.Interface {
	switch {
	case w.scene.primary:
		return described[1][code]
	case w.scene.keeps != 0:
		return described[2][code]
	default:
		return described[0][code]
	}
}

// effect executes a change.
func (w *world) effect(m uint8, c [callers]uint8) {
	took := w.present() & m
	if w.scene.primary {
		took &^= a
	}
	if w.att != 0 {
		took &^= del // somebody was faster
	}
	if m&del != 0 {
		w.doomed = false
	}
	w.has &^= took & (a | b)
	if took&detach != 0 {
		w.att, w.det, w.detFor = 0, false, [callers]uint8{}
	}
	if took&del != 0 {
		w.exists, w.has, w.det = false, 0, false
	}
	for i := range c {
		w.took[i] |= took & c[i]
	}
	w.note()
}

// room reports whether the cloud has room for one more pending change.
func (w *world) room() bool {
	for i := range w.pends {
		if w.pends[i].m == 0 {
			return true
		}
	}
	return false
}

func (w *world) pend(p pending) {
	for i := range w.pends {
		if w.pends[i].m == 0 {
			w.pends[i] = p
			return
		}
	}
	panic("no room")
}

// landed begins the life of changes that the cloud has processed: the answer has arrived,
// or is lost.
func (w *world) landed() {
	for i := range w.pends {
		w.pends[i].unanswered = false
	}
	w.net = request{}
}

// newTask returns the number of a task that is not in use.
func (w *world) newTask(s taskState) uint8 {
	if !w.scene.config.Tasks {
		return 0
	}
	for n := 1; n < len(w.tasks); n++ {
		if w.tasks[n] == noTask {
			w.tasks[n] = s
			return uint8(n)
		}
	}
	panic("too many tasks")
}

var taskIDs = [...]string{"", "1", "2", "3", "4"}

func taskNumber(id string) uint8 {
	if id == "" {
		return 0
	}
	return id[0] - '0'
}
