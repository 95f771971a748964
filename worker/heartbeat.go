package worker

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"spacebridge/workflows"
)

// heartbeats makes every activity tell Temporal that its process is alive, so that a killed daemon's activities are taken
// up again within seconds of its restart and not at the end of their time.
type heartbeats struct {
	interceptor.WorkerInterceptorBase
}

// InterceptActivity is called by the SDK for each activity.
func (*heartbeats) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	beating := &beating{}
	beating.Next = next
	return beating
}

type beating struct {
	interceptor.ActivityInboundInterceptorBase
}

// ExecuteActivity runs the activity beside a ticker.
func (b *beating) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	if activity.GetInfo(ctx).IsLocalActivity {
		return b.Next.ExecuteActivity(ctx, in)
	}
	over := make(chan struct{})
	defer close(over)
	go func() {
		tick := time.NewTicker(workflows.HeartbeatTimeout / 4)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				activity.RecordHeartbeat(ctx)
			}
		}
	}()
	return b.Next.ExecuteActivity(ctx, in)
}
