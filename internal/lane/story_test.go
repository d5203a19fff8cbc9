// SPDX-License-Identifier: Apache-2.0

package lane

import (
	"strings"
	"testing"
)

// stories are bugs that the explorer found in the first version of this package. Each is a
// list of moves, as a failing exploration prints them.
var stories = []struct {
	what  string
	world string
	moves []string
}{
	{"a doubt that a describe has cleared does not come back with the next change", "one address", []string{
		"A calls", "the request is lost for good", "the describe is answered", "a tick passes", "the describe is answered",
		"the cloud answers not found, though the interface is there", "a tick passes", "a tick passes", "a tick passes",
	}},
	{"MaxElapsed ends while the change is in progress: nothing is sent after that", "a batch", []string{
		"A calls", "somebody releases a", "the describe shows what was so when it began",
		"a tick passes", "a tick passes", "a tick passes", "a tick passes", "a tick passes", "a tick passes",
	}},
	{"a goal does not wake up a moment before its wait is over", "two detaches", []string{
		"A calls", "the describe is answered", "the cloud accepts the change and carries it out", "somebody attaches it to i-1",
		"the answer arrives", "the describe is answered", "a tick passes", "a tick passes",
	}},
	{"a detach that was sent again waits for its answer", "a stuck detach that waits for its permit", []string{
		"A calls", "somebody begins to detach it", "the describe is answered", "a tick passes", "a tick passes", "the describe is answered",
		"the permit for Detach comes", "the cloud accepts the change and carries it out", "the describe is answered",
	}},
	{"a describe that began before an answer was lost tells nobody what to send", "a call of two changes", []string{
		"A calls", "the cloud accepts the change and carries it out", "the answer arrives", "B calls", "the request is lost for good",
		"A leaves", "the describe is answered",
	}},
	{"MaxElapsed ends while a stuck detach waits for its permit", "a stuck detach that waits for its permit", []string{
		"A calls", "the describe is answered", "a tick passes", "the permit for Detach comes", "the cloud accepts the detach, which gets stuck",
		"the answer arrives", "the describe is answered", "a tick passes", "a tick passes", "the describe is answered", "the describe is lost",
		"a tick passes", "a tick passes",
	}},
	{"what a describe has not shown travels apart after a conflict too", "slow permits, conflicts", []string{
		"A calls", "B calls", "somebody releases a", "the permit for UnassignPrivateIps comes", "the describe is answered",
		"the cloud answers conflict",
	}},
	{"an interface that is missing is described again after a pause", "a task and an interface that is missed", []string{
		"A calls", "the cloud accepts the change for later", "the answer arrives", "somebody deletes the interface",
	}},
	{"a state that passes uses up no attempt", "a stuck detach", []string{
		"A calls", "the describe is answered", "the cloud accepts the change and carries it out", "the answer is lost on its way back",
		"somebody attaches it to i-2", "somebody begins to detach it", "the describe is answered", "a tick passes", "the describe is answered",
	}},
	{"the task of a later change says nothing of an earlier one", "two tasks", []string{
		"A calls", "B calls", "the cloud accepts the change for later", "the answer arrives", "a tick passes", "the describe is answered",
		"the cloud accepts the change and carries it out", "the answer arrives", "a tick passes", "the other task is told",
		"somebody calls with a dead context for a",
	}},
	{"somebody else's detach is described for the deletion that waits for it", "a deletion", []string{
		"A calls", "the describe is answered", "the cloud answers not found, though the interface is there", "somebody begins to detach it",
		"a tick passes",
	}},
	{"MaxElapsed ends while a deletion's detach is in progress", "a deletion that waits for permits", []string{
		"A calls", "the describe is answered", "a tick passes", "a tick passes", "a tick passes", "a tick passes", "a tick passes", "a tick passes",
		"the permit for Detach comes", "the describe is answered", "the cloud accepts the change and carries it out", "somebody attaches it to i-1",
	}},
}

// TestStories replays each story, and lets a well-behaved cloud end it.
func TestStories(t *testing.T) {
	for _, s := range stories {
		story, broken := tell(sceneNamed(s.world), s.moves)
		if broken != "" {
			t.Errorf("%s: %s\n%s", s.what, broken, story)
		}
	}
}

// TestTell checks the form of a story: a line for each move, with the actions of the lane
// and the outcomes of callers.
func TestTell(t *testing.T) {
	story, broken := tell(sceneNamed("one address"), []string{
		"A calls", "the cloud accepts the change and carries it out", "the answer arrives", "the describe is answered",
	})
	want := `  1 A calls; SEND a
  2 the cloud accepts the change and carries it out
  3 the answer arrives; A, a: accepted; DESCRIBE
  4 the describe is answered; it shows addresses b; A, a: released (<nil>)
`
	if broken != "" || story != want {
		t.Errorf("%s\n%s", broken, story)
	}
	for _, moves := range [][]string{{"the answer arrives"}, {"the moon rises"}} {
		if _, broken := tell(sceneNamed("one address"), moves); !strings.Contains(broken, moves[0]) {
			t.Errorf("%q can happen", moves[0])
		}
	}
}
