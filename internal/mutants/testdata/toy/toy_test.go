package toy

import (
	"os"
	"testing"
)

var _ [size]int // there is no such type when the size is negative

func TestCount(t *testing.T) {
	if got := Count(3); got != 3 {
		t.Errorf("got %d", got)
	}
}

func TestStrict(t *testing.T) {
	if !Strict {
		t.Error("it is not strict")
	}
}

// It does not ask for the sign of zero.
func TestSign(t *testing.T) {
	if Sign(-5) != -1 || Sign(5) != 1 {
		t.Error("the sign is wrong")
	}
}

func TestLarger(t *testing.T) {
	if Larger(1, 2) != 2 || Larger(2, 1) != 2 {
		t.Error("the smaller one was returned")
	}
}

func TestFails(t *testing.T) {
	if os.Getenv("TOY_FAILS") != "" {
		t.Error("it was asked to fail")
	}
}
