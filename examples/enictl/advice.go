package main

import (
	"context"
	"errors"
	"strings"

	"github.com/cloudeni/cloudeni/eni"
)

// advice says for each kind of error what a person does next. KEYS stands for the
// environment variables with the provider's credentials.
var advice = map[eni.Kind]string{
	eni.ErrUnknown:         "look the code up in the cloud's documentation: no rule is known for it, so it was not tried again",
	eni.ErrInvalid:         "leave this out or mend it: the same request cannot succeed",
	eni.ErrUnauthenticated: "check the credentials: KEYS",
	eni.ErrPermission:      "the credentials are good, but may not do this: ask whoever manages the account's policies",
	eni.ErrNotFound:        "check the interface's id, --region and the account: in another region or account it looks the same",
	eni.ErrNotAssigned:     "nothing is left to do: the address is not on the interface",
	eni.ErrState:           "look at the interface with enictl show: its state, or what it is attached to, does not allow this",
	eni.ErrConflict:        "run the same command again: it finds what has been done",
	eni.ErrThrottled:       "run the same command again in a minute: it finds what has been done",
	eni.ErrQuota:           "raise the account's quota: waiting does not lift this limit",
	eni.ErrUnsupported:     "leave this out: the cloud, its region or this type of interface cannot do it",
	eni.ErrUnavailable:     "run the same command again: it finds what has been done",
}

func adviceFor(provider string, kind eni.Kind) string {
	return strings.ReplaceAll(advice[kind], "KEYS", providers[provider].keys)
}

// explain tells a person what went wrong and what to do next.
func explain(person *console, j job, err error) {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		person.sayf("the timeout of %s is over: %v", j.timeout, err)
	case errors.Is(err, context.Canceled):
		person.sayf("interrupted: %v", err)
	default:
		person.sayf("%v", err)
	}
	if next := adviceFor(j.provider, eni.KindOf(err)); next != "" {
		person.sayf("%s", next)
	}
}
