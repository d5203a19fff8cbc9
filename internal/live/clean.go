// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cloudeni/cloudeni"
	"github.com/cloudeni/cloudeni/eni"
)

// cleaner deletes what runs have created, and nothing else.
type cleaner struct {
	*settings

	client  cloudeni.Client
	out     io.Writer
	created []string // ids that a list may not show yet

	deleted int
	foreign map[string]string // own interfaces that are left alone, and why
}

const (
	// emptyLists are how many lists must show nothing, one after the other: a creation
	// whose answer was lost may be shown late.
	emptyLists = 2
	// refusedLists are how many lists may be refused for good, one after the other.
	refusedLists = 3
	// cleanFor is how long a clean-up tries.
	cleanFor = 10 * time.Minute
)

// clean deletes until nothing is left. The error names what is.
func (c *cleaner) clean(ctx context.Context) error {
	c.foreign = make(map[string]string)
	ctx, cancel := context.WithTimeout(ctx, cleanFor)
	defer cancel()
	var last error
	for empty, refused := 0, 0; empty < emptyLists; {
		own, err := c.own(ctx)
		if err == nil || eni.IsRetryable(err) {
			refused = 0
		} else {
			refused++
		}
		switch {
		case err != nil:
			if last, empty = err, 0; refused == refusedLists || ctx.Err() != nil {
				return fmt.Errorf("the interfaces cannot be listed: %w", err)
			}
		case len(own) == 0:
			empty++
		default:
			last, empty = nil, 0
			for _, i := range own {
				last = errors.Join(last, c.remove(ctx, &i))
			}
			if last != nil {
				fmt.Fprintf(c.out, "  not yet deleted: %v\n", last)
			}
		}
		if empty < emptyLists && pause(ctx, min(c.patience/10, 2*time.Second)) != nil {
			return errors.Join(fmt.Errorf("the clean-up ended before nothing was left: %w", ctx.Err()), last)
		}
	}
	for id, why := range c.foreign {
		last = errors.Join(last, fmt.Errorf("%s is left: %s", id, why))
	}
	if len(c.foreign) == 0 {
		return nil
	}
	return last
}

// own lists the interfaces of the run, or of every run, that are not left alone.
func (c *cleaner) own(ctx context.Context) ([]eni.Interface, error) {
	var found []eni.Interface
	seen := make(map[string]bool)
	add := func(i eni.Interface) {
		if mine(&i, c.run) && !seen[i.ID] && c.foreign[i.ID] == "" {
			seen[i.ID] = true
			found = append(found, i)
		}
	}
	for i, err := range c.client.List(ctx, eni.Filter{SubnetID: c.subnet, Tags: map[string]string{tagKey: c.run}}) {
		if err != nil {
			return nil, err
		}
		add(i)
	}
	if len(c.created) > 0 {
		known, err := c.client.Describe(ctx, c.created...)
		if err != nil {
			return nil, err
		}
		for _, i := range known {
			add(i)
		}
	}
	return found, nil
}

// remove deletes an interface. It is detached from the instance of the settings alone:
// from any other somebody else has attached it.
func (c *cleaner) remove(ctx context.Context, i *eni.Interface) error {
	if i.InstanceID != "" && i.InstanceID != c.instance {
		c.foreign[i.ID] = "it is attached to " + i.InstanceID + ", not to " + c.instance
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	_, err := eni.BlockingDeleter(c.client).Delete(ctx, eni.DeleteRequest{InterfaceID: i.ID, InstanceID: i.InstanceID})
	if err = eni.IgnoreNotFound(err); err != nil {
		return err
	}
	c.deleted++
	fmt.Fprintf(c.out, "  deleted %s %s\n", i.ID, i.Name)
	return nil
}
