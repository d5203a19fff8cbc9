package lane

import (
	"os"
	"strconv"
	"testing"
)

func TestExplore(t *testing.T) {
	limit := bounds{}
	if n, err := strconv.Atoi(os.Getenv("STATES")); err == nil {
		limit.states = n
	}
	for _, s := range scenes() {
		if only := os.Getenv("WORLD"); only != "" && only != s.name {
			continue
		}
		r := explore(s, limit, 5)
		t.Log(r.String(), "longest", r.longest)
		for _, f := range r.findings {
			story, broken := tell(s, f.moves)
			t.Errorf("%s: after %d moves: %s\n%s%s", s.name, len(f.moves), f.what, story, broken)
		}
	}
}
