// SPDX-License-Identifier: Apache-2.0

package lane

// defaultConfig is the default configuration of these worlds.
func defaultConfig() Config {
	return Config{PerChange: 2, MaxAttempts: 3, MaxElapsed: 5 * tick}
}

func scenes() []*scene {
	tasks, stuck := defaultConfig(), defaultConfig()
	tasks.Tasks = true
	stuck.StuckAfter = 2 * tick
	first := defaultConfig()
	first.BoundsFirst, first.MaxElapsed = true, 3*tick
	list := []*scene{
		{name: "one address", wants: []uint8{a}, mishaps: 3, budget: budget(others, 2, losses, 2, conflicts, 2, throttles, 1, lies, 1, leaves, 1, lates, 1, hiccups, 1, denials, 1, opinions, 1, replies, 1, unsent, 1)},
		{name: "two callers, one address", wants: []uint8{a, a}, mishaps: 2, budget: budget(others, 1, losses, 2, conflicts, 1, leaves, 1, lates, 1, denials, 1, asks, 1, replies, 1)},
		{name: "a batch", wants: []uint8{a | b}, mishaps: 3, budget: budget(others, 2, losses, 1, partials, 1, lies, 1, leaves, 1, lates, 1, denials, 1, replies, 1)},
		{name: "a batch and one of it", wants: []uint8{a | b, a}, mishaps: 2, budget: budget(others, 1, partials, 1, denials, 1)},
		{name: "a batch lost, and one of it", wants: []uint8{a | b, a}, mishaps: 1, budget: budget(others, 1, losses, 1, leaves, 1, lates, 1)},
		{name: "two detaches", wants: []uint8{detach, detach}, mishaps: 2, budget: budget(others, 2, losses, 1, hiccups, 1, leaves, 1, lates, 1, lies, 1)},
		{name: "a stuck detach that waits for its permit", wants: []uint8{detach}, mishaps: 2, slow: true, budget: budget(others, 1, stucks, 1, losses, 1, leaves, 1), config: stuck},
		{name: "a stuck detach", wants: []uint8{detach}, mishaps: 3, budget: budget(others, 2, stucks, 2, losses, 1, leaves, 1, denials, 1, conflicts, 1), config: stuck},
		{name: "an address and a detach", wants: []uint8{a, detach}, mishaps: 1, budget: budget(others, 1, losses, 1, conflicts, 1, leaves, 1, lates, 1, denials, 1)},
		{name: "tasks", wants: []uint8{a, a}, mishaps: 2, budget: budget(lates, 1, taskFails, 1, forgotten, 1, losses, 1, asks, 1), config: tasks},
		{name: "a task and an interface that is missed", wants: []uint8{a}, mishaps: 3, missedTwice: true, budget: budget(others, 1, lates, 1, hiccups, 2, taskFails, 1), config: tasks},
		{name: "slow permits", wants: []uint8{a, b}, mishaps: 1, slow: true, hurry: true, budget: budget(others, 1, losses, 1, leaves, 1, conflicts, 1, throttles, 1)},
		{name: "slow permits of two", wants: []uint8{a, a}, mishaps: 1, slow: true, budget: budget(others, 1, losses, 1, leaves, 1, conflicts, 1)},
		{name: "two detaches denied", wants: []uint8{detach, a}, mishaps: 1, budget: budget(denials, 1, leaves, 1)},
		{name: "two denied, one later", wants: []uint8{detach, detach}, mishaps: 2, budget: budget(denials, 1, leaves, 1)},
		{name: "two callers, old replies", wants: []uint8{a, a}, mishaps: 3, budget: budget(others, 1, losses, 1, replies, 1)},
		{name: "two tasks", wants: []uint8{a, a}, mishaps: 2, hasty: true, budget: budget(lates, 2, losses, 1, asks, 1, leaves, 1), config: tasks},
		{name: "slow permits, conflicts", wants: []uint8{a, b}, mishaps: 2, slow: true, budget: budget(others, 1, conflicts, 1)},
		{name: "two callers and the user's policy", wants: []uint8{a, a}, mishaps: 2, budget: budget(losses, 1, opinions, 1, conflicts, 1, lies, 1)},
		{name: "two callers, missed", wants: []uint8{a, a}, mishaps: 2, budget: budget(others, 1, hiccups, 1, losses, 1)},
		{name: "a deadline for the first", wants: []uint8{a | b}, mishaps: 2, slow: true, budget: budget(others, 1, losses, 1, leaves, 1, conflicts, 1, throttles, 1, partials, 1), config: first},
		{name: "a call of two changes", wants: []uint8{a | b, b}, mishaps: 2, budget: budget(losses, 1, leaves, 1), config: Config{PerChange: 1, MaxAttempts: 2, MaxElapsed: 4 * tick}},
		{name: "a call decided in parts", wants: []uint8{a | b, a}, mishaps: 2, budget: budget(leaves, 1, conflicts, 1, unsent, 1), config: Config{PerChange: 1, MaxAttempts: 1, MaxElapsed: 4 * tick}},
		{name: "one attempt", wants: []uint8{a | b}, mishaps: 3, budget: budget(others, 1, losses, 1, leaves, 1, partials, 1, lies, 1, conflicts, 1, unsent, 1), config: Config{PerChange: 2, MaxAttempts: 1, MaxElapsed: 5 * tick}},
		{name: "batch windows", wants: []uint8{a, b}, mishaps: 1, crowd: true, budget: budget(others, 1, losses, 1, leaves, 1, conflicts, 1, lates, 1)},
		{name: "batch windows, and who waits", wants: []uint8{a, b, a}, mishaps: 1, crowd: true, budget: budget(leaves, 1, conflicts, 1)},
		{name: "deadlines", wants: []uint8{a, b}, deadlines: [callers]uint8{4, 0}, mishaps: 1, slow: true, budget: budget(losses, 1, leaves, 1, conflicts, 1, throttles, 1), config: Config{PerChange: 1, MaxAttempts: 3, MaxElapsed: 5 * tick}},
		{name: "deadlines of three", wants: []uint8{a, b, a}, deadlines: [callers]uint8{0, 4, 1}, slow: true, config: Config{PerChange: 1, MaxAttempts: 3, MaxElapsed: 5 * tick}},
		{name: "polls", wants: []uint8{a, a}, mishaps: 2, polling: true, budget: budget(others, 1, losses, 1, leaves, 1, lates, 1, polls, 2)},
		{name: "a primary address", wants: []uint8{a | b}, mishaps: 3, primary: true, budget: budget(others, 1, losses, 1, leaves, 1, partials, 1, denials, 1)},
		{name: "three callers", wants: []uint8{a, a, a}, mishaps: 1, budget: budget(others, 1, losses, 1, leaves, 1, lates, 1)},
	}
	list = append(list,
		&scene{name: "a deletion", wants: []uint8{detach | del}, mishaps: 2, budget: budget(others, 2, losses, 1, conflicts, 1, leaves, 1, lates, 1, lies, 1, denials, 1, hiccups, 1, unsent, 1)},
		&scene{name: "a deletion of what is free", wants: []uint8{del}, mishaps: 3, budget: budget(others, 2, losses, 2, conflicts, 1, throttles, 1, leaves, 1, lates, 1, lies, 1, denials, 1, hiccups, 1, replies, 1)},
		&scene{name: "two deletions", wants: []uint8{detach | del, detach | del}, mishaps: 1, budget: budget(others, 1, losses, 1, leaves, 1, lates, 1)},
		&scene{name: "two deletions of what is free", wants: []uint8{del, del}, mishaps: 2, budget: budget(others, 1, losses, 1, conflicts, 1, leaves, 1, lates, 1)},
		&scene{name: "a deletion and a release", wants: []uint8{detach | del, a}, mishaps: 1, acts: deletes | attaches, budget: budget(others, 1, losses, 1)},
		&scene{name: "a deletion and a detach", wants: []uint8{detach | del, detach}, mishaps: 1, budget: budget(others, 1, losses, 1, leaves, 1, conflicts, 1, lates, 1)},
		&scene{name: "two deletions of what a tag keeps from one", wants: []uint8{detach | del, detach | del}, keeps: 1, mishaps: 1, budget: budget(others, 1, leaves, 1, conflicts, 1)},
		&scene{name: "a stuck deletion", wants: []uint8{detach | del}, mishaps: 2, budget: budget(others, 1, stucks, 2, leaves, 1, losses, 1), config: stuck},
		&scene{name: "a deletion by tasks", wants: []uint8{detach | del}, mishaps: 2, budget: budget(others, 1, lates, 2, taskFails, 1, forgotten, 1, losses, 1, replies, 1), config: tasks},
		&scene{name: "a deletion that waits for permits", wants: []uint8{detach | del}, mishaps: 1, slow: true, budget: budget(others, 1, losses, 1, leaves, 1, conflicts, 1, throttles, 1)},
	)
	for _, s := range list {
		if s.config.PerChange == 0 {
			s.config = defaultConfig()
		}
	}
	return list
}

// sceneNamed returns a scene, or nil.
func sceneNamed(name string) *scene {
	for _, s := range scenes() {
		if s.name == name {
			return s
		}
	}
	return nil
}

// budget makes a budget of pairs.
func budget(pairs ...int) (list [budgetSize]uint8) {
	for i := 0; i < len(pairs); i += 2 {
		list[pairs[i]] = uint8(pairs[i+1])
	}
	return list
}
