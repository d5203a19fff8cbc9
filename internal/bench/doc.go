// SPDX-License-Identifier: Apache-2.0

// Package bench has only tests: a simulation of many concurrent callers (a storm), and the
// costs of a call and of a waiting caller. It is a separate module, because it links the
// vendors' generated clients for the comparison.
//
//	make storm SEED=1 JSON=storm.json SVG=storm.svg
//	make storm SEED=1 SEEDS=5 STORM=all CLIENT=c
//
// With SEEDS it prints the median and the worst of several seeds.
//
// # The storm
//
// All addresses of 100 interfaces with 100 addresses each are released: 10,000
// addresses. Then all 100 interfaces are detached at once. There are two kinds of
// callers. In a crowd each address has its own goroutine, and all call at once. In a
// queue there are 1,000 goroutines, ten per interface, and each releases ten addresses
// one after another.
//
// The callers begin ten nanoseconds apart, in an order that depends on the seed.
//
// A storm ends when the last caller knows that its address is released. On Alibaba Cloud
// the answer says so, because it comes when the change is done. On Tencent Cloud every
// caller, of each client, waits until its change is complete. On both clouds the caller
// of a detach waits until it is complete.
//
// In the storm node nothing is released: 100 callers detach and delete one interface
// each, with its addresses. The callers of this library wait until the interface is gone;
// those of client a rely on the answer, or on Tencent Cloud on the task.
//
// # The rules of the cloud
//
//   - A change takes 300 to 800 ms, depending on the seed, the interface and the number
//     of the change on its interface. Meanwhile any other change of the interface gets a
//     conflict.
//   - A request and its answer take 15 ms each.
//   - 2 % of the responses are lost: the connection is reset, in half of the cases after
//     the change was done. It depends on the seed, the action, the interface and the
//     number of the request.
//   - Each API has a quota. For descriptions and task queries it is 20 a second. For
//     each kind of change it is 50 or 1,000 a second, in a bucket that holds one
//     second's worth; or 10 a second in a bucket that holds one; or 400 or 60 in
//     each minute, whose windows begin at the full minute of the cloud's clock or at
//     a phase that depends on the seed, like the begin of the storm. A bucket is full at
//     the beginning and fills evenly. A request without a token is throttled, and takes
//     none.
//
// At 60 a minute there are 2,000 addresses on 20 interfaces.
//
// # More storms
//
// These run for this library only, except the last one, if the flags STORM or QUOTA choose
// them (STORM=all runs all of them):
//
//   - waiting: a queue in which each caller waits until its change is complete before its
//     next address.
//   - deadlines: a crowd in which one caller in ten has a deadline at 60 % of the
//     least time for the addresses.
//   - clients: a crowd of two independent clients that share the account and the
//     interfaces.
//   - late: a waiting queue where Alibaba Cloud answers 0.3, 2 or 5 s before the change is
//     complete: 2,000 addresses on 20 interfaces.
//   - A quota that is halved in the middle third of the storm.
//   - node: at 50 a second, compared with client a; it also runs without flags.
//
// # The clients
//
//   - a: the vendor's generated call under backoff/v4's Retry with its defaults,
//     one address per call. It retries conflicts, throttling and network errors, and takes
//     "not assigned" for success. A task, and the state of a detach on Alibaba Cloud, is
//     polled under another Retry. On Alibaba Cloud each goroutine has its own client,
//     because the vendor's client cannot be shared without a data race.
//   - b: the same with batches of ten addresses of one interface, made by hand; an
//     errgroup sends 50 at once. The batches of a crowd alternate between the interfaces;
//     in a queue the ten addresses of each goroutine are one batch, in an order that
//     depends on the seed.
//   - c: this library, with its defaults, except that no caller gives up. "Configured"
//     means that Options.Rates has the quotas, also of queries; a and b have no such
//     option, so their figures are the same.
//
// For one seed the figures of a and b are the same in every run. Those of c vary by one or
// two hundredths: the jitter of its backoff does not depend on the seed, and when one
// describe serves many interfaces, their goroutines wake at the same time, and the
// scheduler decides which of them sends first.
//
// # The lower bound
//
// No client can be faster than
//
//	max(fewest changes ÷ quota, longest interface's serial time)
//
// for the addresses, and the same again for the detaches. The fewest changes are one for
// each ten addresses of an interface. The serial time of an interface is the sum of the
// durations of its fewest changes. The formula counts whole windows of a minute: each has
// at most as many changes as the quota, and as the interfaces can do one after another.
// For a halved quota it uses the quota at each time, and for the storm waiting the round
// trip of a describe for each change. In the storm node the detaches begin one by one at
// the rate of the quota; each interface needs its detach, its deletion and a describe
// before, between and after them. At the end there is a second describe, one second after
// the first without the interface, or a task query, of which 20 a second are allowed. The
// time of each interface is random, so the bound is the average over 1,000 orders. The
// bound omits the initial content of the bucket, which can save up to a second in each of
// the two parts, and the 30 ms of each round trip.
package bench
