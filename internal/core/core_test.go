package core_test

import (
	"testing"

	"github.com/cloudeni/cloudeni/eni"
	"github.com/cloudeni/cloudeni/eni/enitest"
	"github.com/cloudeni/cloudeni/internal/core"
)

func TestContract(t *testing.T) {
	enitest.Run(t, func(_ testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
		return core.New(plainCloud(newPlain(cloud)), opts)
	})
}

func TestContractWithTasks(t *testing.T) {
	enitest.Run(t, func(_ testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
		return core.New(plainCloud(withTasks{newPlain(cloud)}), opts)
	})
}

// wrapper is a client around another, which hides all that is not eni.Client.
type wrapper struct{ eni.Client }

func TestContractOfAWrapper(t *testing.T) {
	enitest.Run(t, func(_ testing.TB, cloud *enitest.Cloud, opts *eni.Options) eni.Client {
		return wrapper{core.New(plainCloud(newPlain(cloud)), opts)}
	})
}
