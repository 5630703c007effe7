package jingwei.actors.serial;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import jingwei.model.data.BatchRoutes;
import jingwei.model.routing.RoutePlan;
import jingwei.model.routing.RouteTable;

/** Writes and reads the types in messages that are not records, and sealed types. */
@SuppressWarnings("ArrayRecordComponent") // written and read, never compared
public final class MessageModule extends SimpleModule {
  private static final long serialVersionUID = 1;

  /** Made by Jackson, by the name in {@code jingwei-nodes.conf}. */
  public MessageModule() {
    super("jingwei");
    addSerializer(RouteTable.class, new TableWriter());
    addDeserializer(RouteTable.class, new TableReader());
    addSerializer(BatchRoutes.class, new RoutesWriter());
    addDeserializer(BatchRoutes.class, new RoutesReader());
  }

  @Override
  public void setupModule(SetupContext context) {
    super.setupModule(context);
    context.insertAnnotationIntrospector(new SealedTypes());
  }

  /** The experts of each domain and token. */
  private record Table(int expertsPerDomain, short[][] experts) {}

  /** The numbers of a route plan from which all others follow. */
  private record Plan(int[] order, int[] active, int[] starts) {}

  /** For each micro-batch, one plan per RRE layer. */
  private record Routes(int[] experts, List<List<Plan>> plans) {}

  private static final class TableWriter extends JsonSerializer<RouteTable> {
    @Override
    public void serialize(RouteTable table, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      short[][] experts = new short[table.domains()][];
      for (int domain = 0; domain < experts.length; domain++) {
        experts[domain] = table.expertsOf(domain);
      }
      provider.defaultSerializeValue(new Table(table.expertsPerDomain(), experts), out);
    }
  }

  private static final class TableReader extends JsonDeserializer<RouteTable> {
    @Override
    public RouteTable deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      Table table = context.readValue(in, Table.class);
      return RouteTable.of(table.experts, table.expertsPerDomain);
    }
  }

  private static final class RoutesWriter extends JsonSerializer<BatchRoutes> {
    @Override
    public void serialize(BatchRoutes routes, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      List<List<Plan>> plans = new ArrayList<>();
      for (int m = 0; m < routes.microBatches(); m++) {
        plans.add(routes.plans(m).stream().map(RoutesWriter::plan).toList());
      }
      provider.defaultSerializeValue(new Routes(routes.numExperts(), plans), out);
    }

    private static Plan plan(RoutePlan plan) {
      int[] active = new int[plan.numActive()];
      int[] starts = new int[active.length + 1];
      for (int i = 0; i < active.length; i++) {
        active[i] = plan.expert(i);
        starts[i + 1] = plan.to(i);
      }
      return new Plan(plan.order(), active, starts);
    }
  }

  private static final class RoutesReader extends JsonDeserializer<BatchRoutes> {
    @Override
    public BatchRoutes deserialize(JsonParser in, DeserializationContext context)
        throws IOException {
      Routes routes = context.readValue(in, Routes.class);
      List<List<RoutePlan>> plans = new ArrayList<>();
      for (List<Plan> each : routes.plans) {
        plans.add(
            each.stream().map(plan -> RoutePlan.of(plan.order, plan.active, plan.starts)).toList());
      }
      return BatchRoutes.of(plans, routes.experts);
    }
  }
}
