// SPDX-License-Identifier: Apache-2.0

package lane

// patience is how many moves a well-behaved cloud needs at most to end every call.
const patience = 90

const neverEnds = "a well-behaved cloud does not end every call"

// wellBehaved lists the moves of a cloud without faults, in the order in which it makes
// them. Time passes when there is no other move.
var wellBehaved = func() (list []*move) {
	for _, name := range []string{
		"the request is lost for good, cut by the runner",
		"the answer is lost on its way back, cut by the runner",
		"the answer arrives",
		"the cloud accepts the change and carries it out",
		"the cloud refuses the change: something is not there",
		"the cloud answers that there is no such interface",
		"the describe is answered",
		"the task is told",
		"the permit for " + string(UnassignPrivateIps) + " comes",
		"the permit for " + string(Detach) + " comes",
		"the permit for " + string(Delete) + " comes",
		"a pending change takes effect",
		"another pending change takes effect",
		"a third pending change takes effect",
		"the detach comes to its end",
		"the deletion comes to its end",
		"a tick passes",
	} {
		for i := range moves {
			if moves[i].name == name {
				list = append(list, &moves[i])
			}
		}
	}
	return list
}()

// allEnded reports whether every call has ended, or is answered and its caller does not
// wait.
func (w *world) allEnded() bool {
	return w.called&^w.ended == 0 || w.scene.polling && w.called&^w.ended&^w.answered == 0
}

// live checks that a well-behaved cloud ends every call from a state on.
func (x *explorer) live(from *world, parent uint32, m uint8) {
	w := x.world()
	w.become(from, &x.cloner)
	w.living = 1
	for n := 0; ; n++ {
		switch {
		case w.broken != "":
			x.find("with a well-behaved cloud: "+w.broken, parent, m)
		case n == patience:
			x.find(neverEnds, parent, m)
		case !w.allEnded():
			if w.liveStep() {
				continue
			}
			x.find(neverEnds+": it can do nothing more", parent, m)
		}
		x.longest = max(x.longest, n)
		break
	}
	x.free = append(x.free, w)
}

func (w *world) liveStep() bool {
	for _, m := range wellBehaved {
		if m.can(w) {
			w.play(m)
			return true
		}
	}
	return false
}
