package outside

import (
	"testing"

	"github.com/cloudeni/cloudeni/internal/mutants/testdata/toy"
)

func TestDouble(t *testing.T) {
	if got := toy.Double(2); got != 4 {
		t.Errorf("got %d", got)
	}
}
