package io.hetegen.jobs.cli;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.Shape;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Scanner;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * Paints as much of SVG as this package writes: rectangles, circles, paths of straight lines, text, and pictures in
 * pictures. Anything else is a mistake of the caller.
 */
final class SvgPainter {

    /** Pixels of a unit of the outermost picture. */
    private static final int SCALE = 2;

    private final Graphics2D graphics;
    private final double width;
    private final double height;
    private final double fontSize;

    private SvgPainter(Graphics2D graphics, double width, double height, double fontSize) {
        this.graphics = graphics;
        this.width = width;
        this.height = height;
        this.fontSize = fontSize;
    }

    static BufferedImage paint(String svg) throws IOException {
        Element root = parse(svg);
        double[] box = viewBox(root);
        BufferedImage image = new BufferedImage(
                (int) Math.ceil(SCALE * box[2]), (int) Math.ceil(SCALE * box[3]), BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = image.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
        graphics.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        graphics.scale(SCALE, SCALE);
        new SvgPainter(graphics, box[2], box[3], number(root, "font-size", 16)).children(root);
        graphics.dispose();
        return image;
    }

    private static Element parse(String svg) throws IOException {
        try {
            return DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)))
                    .getDocumentElement();
        } catch (ParserConfigurationException | SAXException e) {
            throw new IllegalArgumentException("the picture is no well-formed XML", e);
        }
    }

    private void children(Element parent) {
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                paint(element);
            }
        }
    }

    private void paint(Element element) {
        switch (element.getTagName()) {
            case "svg" -> picture(element);
            case "rect" ->
                shape(
                        element,
                        new Rectangle2D.Double(
                                number(element, "x", 0),
                                number(element, "y", 0),
                                length(element, "width", width),
                                length(element, "height", height)));
            case "circle" -> {
                double radius = number(element, "r", 0);
                double left = number(element, "cx", 0) - radius;
                double top = number(element, "cy", 0) - radius;
                shape(element, new Ellipse2D.Double(left, top, 2 * radius, 2 * radius));
            }
            case "path" -> shape(element, path(element.getAttribute("d")));
            case "text" -> text(element);
            default -> throw new IllegalArgumentException("<" + element.getTagName() + "> is not painted");
        }
    }

    private void picture(Element element) {
        double[] box = viewBox(element);
        Graphics2D inner = (Graphics2D) graphics.create();
        inner.translate(number(element, "x", 0), number(element, "y", 0));
        inner.scale(number(element, "width", width) / box[2], number(element, "height", height) / box[3]);
        new SvgPainter(inner, box[2], box[3], number(element, "font-size", fontSize)).children(element);
        inner.dispose();
    }

    private void shape(Element element, Shape shape) {
        String fill = element.getAttribute("fill");
        boolean isOpen = element.getTagName().equals("path") && fill.isEmpty();
        if (!isOpen && !fill.equals("none")) {
            graphics.setColor(color(fill));
            graphics.fill(shape);
        }
        if (element.hasAttribute("stroke")) {
            graphics.setColor(color(element.getAttribute("stroke")));
            graphics.setStroke(new BasicStroke((float) number(element, "stroke-width", 1)));
            graphics.draw(shape);
        }
    }

    /** Commands M, L, H and V with absolute coordinates. */
    private static Path2D path(String data) {
        Path2D path = new Path2D.Double();
        double x = 0;
        double y = 0;
        try (Scanner words = new Scanner(data.replaceAll("([MLHV])", " $1 ")).useLocale(Locale.ROOT)) {
            while (words.hasNext()) {
                String command = words.next();
                x = command.equals("V") ? x : words.nextDouble();
                y = command.equals("H") ? y : words.nextDouble();
                if (command.equals("M")) {
                    path.moveTo(x, y);
                } else {
                    path.lineTo(x, y);
                }
            }
        }
        return path;
    }

    private void text(Element element) {
        Graphics2D own = (Graphics2D) graphics.create();
        int style = element.getAttribute("font-weight").equals("bold") ? Font.BOLD : Font.PLAIN;
        own.setFont(new Font(Font.SANS_SERIF, style, 1).deriveFont((float) number(element, "font-size", fontSize)));
        own.setColor(color(element.getAttribute("fill")));
        String rotation = element.getAttribute("transform");
        if (!rotation.isEmpty()) {
            double[] turn = numbers(rotation.replaceAll("rotate\\(|\\)", ""));
            own.rotate(Math.toRadians(turn[0]), turn[1], turn[2]);
        }
        String text = element.getTextContent();
        double length = own.getFontMetrics().getStringBounds(text, own).getWidth();
        double before = switch (element.getAttribute("text-anchor")) {
            case "middle" -> length / 2;
            case "end" -> length;
            default -> 0;
        };
        own.drawString(text, (float) (number(element, "x", 0) - before), (float) number(element, "y", 0));
        own.dispose();
    }

    private static double[] viewBox(Element element) {
        return numbers(element.getAttribute("viewBox"));
    }

    private static double[] numbers(String text) {
        return Stream.of(text.strip().split("\\s+"))
                .mapToDouble(Double::parseDouble)
                .toArray();
    }

    private static double number(Element element, String name, double otherwise) {
        return element.hasAttribute(name) ? Double.parseDouble(element.getAttribute(name)) : otherwise;
    }

    private static double length(Element element, String name, double whole) {
        return element.getAttribute(name).equals("100%") ? whole : number(element, name, 0);
    }

    private static Color color(String name) {
        return name.isEmpty() ? Color.BLACK : Color.decode(name);
    }
}
