// Judge the histories of a file with Porcupine: print the processor seconds and the verdicts.
//
// Each line of the file is one history in JSON: its events in their order. All are judged twice, for the verdicts
// alone and with the partial linearizations that explain them; the seconds of both are printed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/anishathalye/porcupine"
)

const nothing = -1 // the value of a register before all writes

type event struct {
	Returns bool
	Process int
	Id      int
	F       string
	Key     string
	Numbers []int  // written, (old, new) of a compare-and-set, or returned
	Text    string // written or returned
	Outcome string // ok, refused (of a compare-and-set) or unknown
}

// Inputs and outputs are small, as in the models of Porcupine's own benchmarks.
type registerInput struct {
	f        byte // r, w or c
	old, new int
}

type registerOutput struct {
	ok, unknown bool
	value       int
}

var register = porcupine.Model{
	Init: func() interface{} { return nothing },
	Step: func(state, input, output interface{}) (bool, interface{}) {
		in, out, held := input.(registerInput), output.(registerOutput), state.(int)
		switch in.f {
		case 'r':
			return out.unknown || out.value == held, state
		case 'w':
			return true, in.new
		}
		if in.old == held {
			return out.unknown || out.ok, in.new
		}
		return out.unknown || !out.ok, state
	},
}

type textInput struct {
	f         byte // g, p or a
	key, text string
}

type textOutput struct {
	unknown bool
	text    string
}

// Every key is an object of its own.
var texts = porcupine.Model{
	PartitionEvent: func(history []porcupine.Event) [][]porcupine.Event {
		parts := map[string][]porcupine.Event{}
		keys := map[int]string{}
		for _, one := range history {
			if one.Kind == porcupine.CallEvent {
				keys[one.Id] = one.Value.(textInput).key
			}
			parts[keys[one.Id]] = append(parts[keys[one.Id]], one)
		}
		var all [][]porcupine.Event
		for _, part := range parts {
			all = append(all, part)
		}
		return all
	},
	Init: func() interface{} { return "" },
	Step: func(state, input, output interface{}) (bool, interface{}) {
		in, out, held := input.(textInput), output.(textOutput), state.(string)
		switch in.f {
		case 'g':
			return out.unknown || out.text == held, state
		case 'p':
			return true, in.text
		}
		return true, held + in.text
	},
}

// The value of an event for the model of this name.
func value(model string, one event) interface{} {
	unknown := one.Outcome == "unknown"
	if model == "texts" {
		if one.Returns {
			return textOutput{unknown, one.Text}
		}
		return textInput{one.F[0], one.Key, one.Text}
	}
	if one.Returns {
		output := registerOutput{one.Outcome == "ok", unknown, nothing}
		if len(one.Numbers) > 0 {
			output.value = one.Numbers[0]
		}
		return output
	}
	input := registerInput{f: one.F[0]}
	if len(one.Numbers) > 0 {
		input.old, input.new = one.Numbers[0], one.Numbers[len(one.Numbers)-1]
	}
	return input
}

func read(path, model string) (histories [][]porcupine.Event) {
	file, err := os.Open(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<28)
	for lines.Scan() {
		var events []event
		if err := json.Unmarshal(lines.Bytes(), &events); err != nil {
			panic(err)
		}
		var history []porcupine.Event
		for _, one := range events {
			kind := porcupine.EventKind(one.Returns)
			history = append(history, porcupine.Event{
				ClientId: one.Process, Kind: kind, Value: value(model, one), Id: one.Id,
			})
		}
		histories = append(histories, history)
	}
	return histories
}

// The processor seconds of this process, all threads.
func used() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// Arguments: the model (register or texts), the longest time for one history, such as 10s, and the file.
func main() {
	model := map[string]porcupine.Model{"register": register, "texts": texts}[os.Args[1]]
	limit, err := time.ParseDuration(os.Args[2])
	if err != nil {
		panic(err)
	}
	histories := read(os.Args[3], os.Args[1])
	start := used()
	var verdicts []string
	for _, history := range histories {
		verdicts = append(verdicts, string(porcupine.CheckEventsTimeout(model, history, limit)))
	}
	middle := used()
	for _, history := range histories {
		porcupine.CheckEventsVerbose(model, history, limit)
	}
	fmt.Println(middle-start, used()-middle, strings.Join(verdicts, " "))
}
